// Miss-status registers: misses under way, merged by page, poisoned by invalidations. Within one cycle the lookup comes
// first, then the fill or the invalidation (never both); an MSHR allocated in the cycle in which an invalidation is
// matched belongs to a later lookup and is left alone.
module mshr_file import translation_cache_pkg::*; #(
  parameter  int unsigned Mshrs = 16,
  localparam int unsigned IdxW = Mshrs > 1 ? $clog2(Mshrs) : 1
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  // A lookup that hit nowhere: matched while valid, allocates when it commits.
  input  logic            miss_valid_i,
  input  logic            miss_commit_i,
  input  key_t            miss_key_i,
  input  addr_t           miss_va_i,
  output status_e         miss_status_o,
  output logic [IdxW-1:0] miss_mshr_o,
  // A fill: whose it was, and whether an invalidation forbids it.
  input  logic            fill_valid_i,
  input  logic            fill_accept_i,
  input  logic [IdxW-1:0] fill_mshr_i,
  input  addr_t           fill_va_i,
  input  attr_t           fill_attr_i,
  output logic            fill_pending_o,
  output key_t            fill_key_o,
  output logic            fill_drop_o,
  // An invalidation, and how many pending misses it poisons.
  input  logic            inv_en_i,
  input  inv_t            inv_i,
  input  addr_t           inv_first_i,
  input  addr_t           inv_last_i,
  output logic [MshrW:0]  inv_poisoned_o
);

  logic [Mshrs-1:0] pending_q, poisoned_q;
  logic [Mshrs-1:0] foreign_q;  // a VA invalidation of another context was seen: only global fills care
  key_t             key_q[Mshrs];
  addr_t            va_q [Mshrs];
  // Hull of the VA ranges invalidated in the context: the walk may end in a leaf larger than the page looked up.
  addr_t            hull_first_q[Mshrs];
  addr_t            hull_last_q [Mshrs];

  logic [Mshrs-1:0] miss_match;
  logic [Mshrs-1:0] inv_regime_hit, inv_context_hit, inv_poison;

  always_comb begin
    miss_status_o = StatusFull;
    miss_mshr_o   = '0;
    miss_match    = '0;
    if (miss_valid_i) begin
      for (int m = int'(Mshrs) - 1; m >= 0; m--) begin
        if (!pending_q[m]) begin
          miss_status_o = StatusMiss;
          miss_mshr_o   = IdxW'(m);
        end
      end
      for (int m = int'(Mshrs) - 1; m >= 0; m--) begin
        if (pending_q[m] && key_q[m] == miss_key_i
            && same_region(va_q[m], miss_va_i, page_log2(miss_key_i.granule))) begin
          miss_match[m] = 1'b1;
          miss_status_o = StatusMerged;
          miss_mshr_o   = IdxW'(m);
        end
      end
    end
  end

  assign fill_pending_o = pending_q[fill_mshr_i];
  assign fill_key_o     = key_q[fill_mshr_i];

  always_comb begin
    fill_drop_o = 1'b0;
    if (fill_valid_i) begin
      fill_drop_o = poisoned_q[fill_mshr_i]
          || (foreign_q[fill_mshr_i] && fill_attr_i.is_global)
          || overlaps(fill_va_i, fill_attr_i.leaf_log2_size, hull_first_q[fill_mshr_i], hull_last_q[fill_mshr_i]);
    end
  end

  always_comb begin
    inv_regime_hit  = '0;
    inv_context_hit = '0;
    inv_poison      = '0;
    inv_poisoned_o  = '0;
    if (inv_en_i) begin
      for (int unsigned m = 0; m < Mshrs; m++) begin
        inv_regime_hit[m]  = pending_q[m] && inv_regime(inv_i, key_q[m], 1'b0);
        inv_context_hit[m] = inv_regime_hit[m] && inv_context(inv_i, key_q[m]);
        inv_poison[m]      = inv_context_hit[m] && !poisoned_q[m]
            && (inv_i.scope != ScopeVa
                || overlaps(va_q[m], page_log2(key_q[m].granule), inv_first_i, inv_last_i));
        inv_poisoned_o += {6'b0, inv_poison[m]};
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q  <= '0;
      poisoned_q <= '0;
      foreign_q  <= '0;
    end else begin
      if (inv_en_i) begin
        poisoned_q <= poisoned_q | inv_poison;
        if (inv_i.scope == ScopeVa) foreign_q <= foreign_q | (inv_regime_hit & ~inv_context_hit);
      end
      if (fill_accept_i) pending_q[fill_mshr_i] <= 1'b0;
      if (miss_commit_i && miss_status_o == StatusMiss) begin
        pending_q[miss_mshr_o]  <= 1'b1;
        poisoned_q[miss_mshr_o] <= 1'b0;
        foreign_q[miss_mshr_o]  <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (inv_en_i && inv_i.scope == ScopeVa) begin
      for (int unsigned m = 0; m < Mshrs; m++) begin
        if (inv_context_hit[m]) begin
          if (inv_first_i < hull_first_q[m]) hull_first_q[m] <= inv_first_i;
          if (inv_last_i > hull_last_q[m]) hull_last_q[m] <= inv_last_i;
        end
      end
    end
    if (miss_commit_i && miss_status_o == StatusMiss) begin
      key_q[miss_mshr_o]        <= miss_key_i;
      va_q[miss_mshr_o]         <= miss_va_i;
      hull_first_q[miss_mshr_o] <= '1;
      hull_last_q[miss_mshr_o]  <= '0;
    end
  end

endmodule

// Miss-status holding registers (MSHRs) of the translation cache: the misses whose walk is in progress. Misses to one
// page share an MSHR, and an invalidation that covers the page poisons it, so that its fill is dropped.
//
// All matching is combinational; the registers change at the clock edge. In one cycle a lookup comes before a fill and
// before an invalidation; these two never share a cycle. An invalidation is applied one cycle after it was accepted
// (invalidate_engine.sv), so an MSHR allocated in that cycle belongs to a later lookup and stays as it is.
module mshr_file import translation_cache_pkg::*; #(
  parameter  int unsigned Mshrs = 16,               // number of MSHRs, 1 to 2**MshrW
  localparam int unsigned IdxW  = idx_width(Mshrs)  // width of an MSHR's index
) (
  input  logic            clk_i,           // clock, rising edge
  input  logic            rst_ni,          // asynchronous reset, active low
  // Miss: a lookup that hits in neither bank
  input  logic            miss_valid_i,    // a miss is matched
  input  logic            miss_commit_i,   // it takes effect at this edge: with StatusMiss it allocates miss_mshr_o
  input  key_t            miss_key_i,      // its context
  input  addr_t           miss_va_i,       // any VA in the page looked up
  output status_e         miss_status_o,   // StatusMiss, StatusMerged or StatusFull
  output logic [IdxW-1:0] miss_mshr_o,     // StatusMiss: the lowest free MSHR; StatusMerged: the one of this page
  // Fill
  input  logic            fill_valid_i,    // a fill is requested
  input  logic            fill_accept_i,   // it takes effect at this edge: its MSHR is freed
  input  logic [IdxW-1:0] fill_mshr_i,     // its MSHR
  input  addr_t           fill_va_i,       // any VA in the translation
  input  attr_t           fill_attr_i,     // attributes of the translation
  output logic            fill_pending_o,  // the MSHR is pending, as it has to be
  output key_t            fill_key_o,      // context of the miss
  output logic            fill_drop_o,     // an invalidation has overtaken the walk: the translation must not be cached
  // Invalidation
  input  logic            inv_en_i,        // the covered misses are poisoned at this edge
  input  inv_t            inv_i,           // what is invalidated
  input  addr_t           inv_first_i,     // first byte of its VA range, with ScopeVa
  input  addr_t           inv_last_i,      // last byte of its VA range, with ScopeVa
  output mshr_count_t     inv_poisoned_o   // how many are newly poisoned
);

  logic [Mshrs-1:0] pending_q, poisoned_q;
  logic [Mshrs-1:0] foreign_q;  // another context was invalidated by VA: a global translation must not be cached
  key_t             key_q[Mshrs];
  addr_t            va_q [Mshrs];
  // Hull: the smallest range that holds all VA ranges invalidated in the context since the miss. The walk may end in a
  // leaf larger than the page looked up, so a fill compares the hull with its leaf.
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
        inv_poisoned_o += mshr_count_t'(inv_poison[m]);
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

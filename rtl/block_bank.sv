// The fully associative bank: every translation whose size is not its context's page size. An invalidation is matched
// against all entries at once. Within one cycle the lookup comes first, then the fill; fills and invalidations never
// share a cycle.
module block_bank import translation_cache_pkg::*; #(
  parameter  int unsigned Entries = 16,
  parameter  int unsigned Policy = ReplaceTreePlru,
  localparam int unsigned IdxW = Entries > 1 ? $clog2(Entries) : 1
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  // The invalidation under way; while shadow_i, lookups treat what it covers as absent.
  input  logic            shadow_i,
  input  inv_t            inv_i,
  input  addr_t           inv_first_i,
  input  addr_t           inv_last_i,
  // Lookup: matched while valid, used (for replacement) when it commits.
  input  logic            lookup_valid_i,
  input  logic            lookup_commit_i,
  input  key_t            lookup_key_i,
  input  addr_t           lookup_va_i,
  output logic            hit_o,
  output logic [IdxW-1:0] hit_idx_o,
  output key_t            hit_key_o,
  output addr_t           hit_va_o,
  output addr_t           hit_pa_o,
  output attr_t           hit_attr_o,
  // Fill.
  input  logic            fill_en_i,
  input  key_t            fill_key_i,
  input  addr_t           fill_va_i,
  input  addr_t           fill_pa_i,
  input  attr_t           fill_attr_i,
  output logic [IdxW-1:0] fill_idx_o,
  // The invalidation's only step here, and how many entries it drops.
  input  logic            inv_en_i,
  output logic [WayW:0]   inv_dropped_o,
  // Debug read: one slot, any time.
  input  logic [IdxW-1:0] debug_idx_i,
  output logic            debug_valid_o,
  output key_t            debug_key_o,
  output addr_t           debug_va_o,
  output addr_t           debug_pa_o,
  output attr_t           debug_attr_o
);

  logic [Entries-1:0] valid_q, used_q;
  key_t               key_q [Entries];
  addr_t              va_q  [Entries];
  addr_t              pa_q  [Entries];
  attr_t              attr_q[Entries];

  logic [Entries-1:0] lookup_match, lookup_used;
  logic [Entries-1:0] fill_overlap, fill_used;
  logic [IdxW-1:0]    fill_victim;
  logic [Entries-1:0] inv_covered;
  logic [Entries-1:0] fill_valid_d, inv_valid_d;

  always_comb begin
    lookup_match = '0;
    hit_idx_o    = '0;
    for (int unsigned e = 0; e < Entries; e++) begin
      if (valid_q[e] && same_region(va_q[e], lookup_va_i, attr_q[e].log2_size)
          && same_context(key_q[e], lookup_key_i, attr_q[e].is_global)) begin
        lookup_match[e] = 1'b1;
        hit_idx_o       = IdxW'(e);
      end
    end
  end

  assign hit_key_o  = key_q[hit_idx_o];
  assign hit_va_o   = va_q[hit_idx_o];
  assign hit_pa_o   = pa_q[hit_idx_o];
  assign hit_attr_o = attr_q[hit_idx_o];

  always_comb begin
    hit_o = lookup_valid_i && |lookup_match;
    if (hit_o && shadow_i) hit_o = !covers(inv_i, inv_first_i, inv_last_i, hit_key_o, hit_va_o, hit_attr_o);
  end

  replacement #(.Ways(Entries), .Policy(Policy)) u_lookup_replacement (
    .en_i(hit_o), .state_i(used_q), .used_i(hit_idx_o), .state_o(lookup_used), .victim_o()
  );

  // A fill drops all it overlaps and takes the lowest of their places, else the lowest invalid one, else the victim.
  always_comb begin
    fill_overlap = '0;
    fill_idx_o   = fill_victim;
    if (fill_en_i) begin
      for (int e = int'(Entries) - 1; e >= 0; e--) begin
        if (!valid_q[e]) fill_idx_o = IdxW'(e);
        fill_overlap[e] = valid_q[e]
            && same_context(key_q[e], fill_key_i, fill_attr_i.is_global || attr_q[e].is_global)
            && overlaps(va_q[e], attr_q[e].log2_size, fill_va_i, fill_va_i | span(fill_attr_i.log2_size));
      end
      for (int e = int'(Entries) - 1; e >= 0; e--) if (fill_overlap[e]) fill_idx_o = IdxW'(e);
    end
  end

  replacement #(.Ways(Entries), .Policy(Policy)) u_fill_replacement (
    .en_i(fill_en_i), .state_i(lookup_commit_i && hit_o ? lookup_used : used_q), .used_i(fill_idx_o), .state_o(fill_used), .victim_o(fill_victim)
  );

  always_comb begin
    inv_covered   = '0;
    inv_dropped_o = '0;
    if (inv_en_i) begin
      for (int unsigned e = 0; e < Entries; e++) begin
        inv_covered[e] = valid_q[e] && covers(inv_i, inv_first_i, inv_last_i, key_q[e], va_q[e], attr_q[e]);
        inv_dropped_o += {6'b0, inv_covered[e]};
      end
    end
  end

  assign fill_valid_d = (valid_q & ~fill_overlap) | (Entries'(1) << fill_idx_o);
  assign inv_valid_d  = valid_q & ~inv_covered;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
      used_q  <= '0;
    end else begin
      if (fill_en_i) begin
        used_q  <= fill_used;
        valid_q <= fill_valid_d;
      end else begin
        if (lookup_commit_i && hit_o) used_q <= lookup_used;
        if (inv_en_i) valid_q <= inv_valid_d;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (fill_en_i) begin
      key_q[fill_idx_o]  <= fill_key_i;
      va_q[fill_idx_o]   <= fill_va_i;
      pa_q[fill_idx_o]   <= fill_pa_i;
      attr_q[fill_idx_o] <= fill_attr_i;
    end
  end

  assign debug_valid_o = valid_q[debug_idx_i];
  assign debug_key_o   = key_q[debug_idx_i];
  assign debug_va_o    = va_q[debug_idx_i];
  assign debug_pa_o    = pa_q[debug_idx_i];
  assign debug_attr_o  = attr_q[debug_idx_i];

endmodule

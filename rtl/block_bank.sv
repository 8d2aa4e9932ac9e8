// Fully associative bank of the translation cache, for every translation that the page bank does not take: blocks, and
// parts of a larger stage-1 leaf.
//
// Lookup, placement of a fill and matching of an invalidation are combinational and look at all entries at once; the
// registers change at the clock edge. In one cycle a lookup comes before a fill. A fill and an invalidation never share
// a cycle.
module block_bank import translation_cache_pkg::*; #(
  parameter  int unsigned Entries = 16,                // number of entries, a power of two up to 2**WayW
  parameter  int unsigned Policy  = ReplaceTreePlru,   // replacement policy: ReplaceTreePlru or ReplaceNru
  localparam int unsigned IdxW    = idx_width(Entries) // width of an entry's index
) (
  input  logic            clk_i,            // clock, rising edge
  input  logic            rst_ni,           // asynchronous reset, active low
  // Invalidation in progress
  input  logic            shadow_i,         // lookups treat entries that the invalidation covers as absent
  input  inv_t            inv_i,            // what is invalidated
  input  addr_t           inv_first_i,      // first byte of its VA range, with ScopeVa
  input  addr_t           inv_last_i,       // last byte of its VA range, with ScopeVa
  input  logic            inv_en_i,         // the covered entries are dropped at this edge
  output way_count_t      inv_dropped_o,    // how many are dropped
  // Lookup; the outputs below hit_o describe the entry that hits and are valid with it
  input  logic            lookup_valid_i,   // a lookup is matched
  input  logic            lookup_commit_i,  // it takes effect at this edge: a hit counts as a use of the entry
  input  key_t            lookup_key_i,     // its context
  input  addr_t           lookup_va_i,      // any VA in the page looked up
  output logic            hit_o,            // an entry matches
  output logic [IdxW-1:0] hit_idx_o,        // index of this entry
  output key_t            hit_key_o,        // context that filled the entry
  output addr_t           hit_va_o,         // VA of its first byte
  output addr_t           hit_pa_o,         // PA of its first byte
  output attr_t           hit_attr_o,       // its attributes
  // Fill
  input  logic            fill_en_i,        // the translation is written at this edge
  input  key_t            fill_key_i,       // its context
  input  addr_t           fill_va_i,        // VA of its first byte, aligned to its size
  input  addr_t           fill_pa_i,        // PA of its first byte, aligned to its size
  input  attr_t           fill_attr_i,      // its attributes
  output logic [IdxW-1:0] fill_idx_o,       // the entry that is written
  // Debug read of one entry, combinational, at any time
  input  logic [IdxW-1:0] debug_idx_i,      // index of the entry
  output logic            debug_valid_o,    // the entry is valid
  output key_t            debug_key_o,      // its context
  output addr_t           debug_va_o,       // its VA
  output addr_t           debug_pa_o,       // its PA
  output attr_t           debug_attr_o      // its attributes
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

  // A fill drops every entry that it overlaps. It takes the lowest of their places, else the lowest invalid entry, else
  // the victim of the replacement policy.
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
    .en_i(fill_en_i), .state_i(lookup_commit_i && hit_o ? lookup_used : used_q), .used_i(fill_idx_o),
    .state_o(fill_used), .victim_o(fill_victim)
  );

  always_comb begin
    inv_covered   = '0;
    inv_dropped_o = '0;
    if (inv_en_i) begin
      for (int unsigned e = 0; e < Entries; e++) begin
        inv_covered[e] = valid_q[e] && covers(inv_i, inv_first_i, inv_last_i, key_q[e], va_q[e], attr_q[e]);
        inv_dropped_o += way_count_t'(inv_covered[e]);
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

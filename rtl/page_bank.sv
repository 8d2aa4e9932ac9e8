// Set-associative bank of the translation cache, for translations of exactly one page of their context's granule.
//
// Lookup, placement of a fill and each step of an invalidation's walk are combinational and search one set each; the
// registers change at the clock edge. In one cycle a lookup comes before a fill. A fill and a step of a walk never
// share a cycle. A lookup is matched from registers alone, and no search runs without its enable: both keep simulation
// fast.
module page_bank import translation_cache_pkg::*; #(
  parameter  int unsigned Sets    = 64,               // number of sets, a power of two up to 2**SetW
  parameter  int unsigned Ways    = 4,                // ways of a set, a power of two up to 16
  parameter  int unsigned Policy  = ReplaceTreePlru,  // replacement policy: ReplaceTreePlru or ReplaceNru
  localparam int unsigned SetIdxW = idx_width(Sets),  // width of a set's index
  localparam int unsigned WayIdxW = idx_width(Ways)   // width of a way's index
) (
  input  logic               clk_i,            // clock, rising edge
  input  logic               rst_ni,           // asynchronous reset, active low
  // Invalidation in progress
  input  logic               shadow_i,         // lookups treat entries that the invalidation covers as absent
  input  inv_t               inv_i,            // what is invalidated
  input  addr_t              inv_first_i,      // first byte of its VA range, with ScopeVa
  input  addr_t              inv_last_i,       // last byte of its VA range, with ScopeVa
  input  logic               walk_en_i,        // the covered entries of one set are dropped at this edge
  input  logic [SetIdxW-1:0] walk_set_i,       // this set
  output way_count_t         walk_dropped_o,   // how many are dropped
  // Lookup; the outputs below hit_o describe the entry that hits and are valid with it
  input  logic               lookup_valid_i,   // a lookup is matched
  input  logic               lookup_commit_i,  // it takes effect at this edge: a hit counts as a use of the entry
  input  key_t               lookup_key_i,     // its context
  input  addr_t              lookup_va_i,      // any VA in the page looked up
  output logic               hit_o,            // an entry matches
  output logic [SetIdxW-1:0] hit_set_o,        // the set that is searched
  output logic [WayIdxW-1:0] hit_way_o,        // way of the entry that hits
  output key_t               hit_key_o,        // context that filled the entry
  output addr_t              hit_va_o,         // VA of its first byte
  output addr_t              hit_pa_o,         // PA of its first byte
  output attr_t              hit_attr_o,       // its attributes
  // Fill
  input  logic               fill_en_i,        // the translation is written at this edge
  input  key_t               fill_key_i,       // its context
  input  addr_t              fill_va_i,        // VA of its first byte, aligned to its size
  input  addr_t              fill_pa_i,        // PA of its first byte, aligned to its size
  input  attr_t              fill_attr_i,      // its attributes
  output logic [SetIdxW-1:0] fill_set_o,       // set of the entry that is written
  output logic [WayIdxW-1:0] fill_way_o,       // way of the entry that is written
  // Debug read of one entry, combinational, at any time
  input  logic [SetIdxW-1:0] debug_set_i,      // set of the entry
  input  logic [WayIdxW-1:0] debug_way_i,      // way of the entry
  output logic               debug_valid_o,    // the entry is valid
  output key_t               debug_key_o,      // its context
  output addr_t              debug_va_o,       // its VA
  output addr_t              debug_pa_o,       // its PA
  output attr_t              debug_attr_o      // its attributes
);

  logic [Ways-1:0] valid_q[Sets];
  logic [Ways-1:0] used_q [Sets];
  key_t            key_q  [Sets][Ways];
  addr_t           va_q   [Sets][Ways];
  addr_t           pa_q   [Sets][Ways];
  attr_t           attr_q [Sets][Ways];

  logic [Ways-1:0]    lookup_match, lookup_used;
  logic [Ways-1:0]    fill_overlap, fill_used, fill_used_base;
  logic [WayIdxW-1:0] fill_victim;
  logic [Ways-1:0]    walk_covered;
  logic [Ways-1:0]    fill_valid_d, walk_valid_d;

  assign hit_set_o = SetIdxW'(set_index(lookup_key_i.granule, lookup_va_i, $clog2(Sets)));

  always_comb begin
    lookup_match = '0;
    hit_way_o    = '0;
    if (lookup_valid_i) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (valid_q[hit_set_o][w]
            && same_region(va_q[hit_set_o][w], lookup_va_i, page_log2(lookup_key_i.granule))
            && same_context(key_q[hit_set_o][w], lookup_key_i, attr_q[hit_set_o][w].is_global)) begin
          lookup_match[w] = 1'b1;
          hit_way_o       = WayIdxW'(w);
        end
      end
    end
  end

  assign hit_key_o  = key_q[hit_set_o][hit_way_o];
  assign hit_va_o   = va_q[hit_set_o][hit_way_o];
  assign hit_pa_o   = pa_q[hit_set_o][hit_way_o];
  assign hit_attr_o = attr_q[hit_set_o][hit_way_o];

  always_comb begin
    hit_o = |lookup_match;
    if (hit_o && shadow_i) hit_o = !covers(inv_i, inv_first_i, inv_last_i, hit_key_o, hit_va_o, hit_attr_o);
  end

  replacement #(.Ways(Ways), .Policy(Policy)) u_lookup_replacement (
    .en_i(hit_o), .state_i(used_q[hit_set_o]), .used_i(hit_way_o), .state_o(lookup_used), .victim_o()
  );

  // A fill drops every entry that it overlaps. It takes the lowest of their places, else the lowest invalid way, else
  // the victim of the replacement policy.
  assign fill_set_o     = SetIdxW'(set_index(fill_key_i.granule, fill_va_i, $clog2(Sets)));
  assign fill_used_base = lookup_commit_i && hit_o && hit_set_o == fill_set_o ? lookup_used : used_q[fill_set_o];

  always_comb begin
    fill_overlap = '0;
    fill_way_o   = fill_victim;
    if (fill_en_i) begin
      for (int w = int'(Ways) - 1; w >= 0; w--) begin
        if (!valid_q[fill_set_o][w]) fill_way_o = WayIdxW'(w);
        fill_overlap[w] = valid_q[fill_set_o][w] && va_q[fill_set_o][w] == fill_va_i
            && same_context(key_q[fill_set_o][w], fill_key_i,
                            fill_attr_i.is_global || attr_q[fill_set_o][w].is_global);
      end
      for (int w = int'(Ways) - 1; w >= 0; w--) if (fill_overlap[w]) fill_way_o = WayIdxW'(w);
    end
  end

  replacement #(.Ways(Ways), .Policy(Policy)) u_fill_replacement (
    .en_i(fill_en_i), .state_i(fill_used_base), .used_i(fill_way_o), .state_o(fill_used), .victim_o(fill_victim)
  );

  always_comb begin
    walk_covered   = '0;
    walk_dropped_o = '0;
    if (walk_en_i) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        walk_covered[w] = valid_q[walk_set_i][w]
            && covers(inv_i, inv_first_i, inv_last_i, key_q[walk_set_i][w], va_q[walk_set_i][w],
                      attr_q[walk_set_i][w]);
        walk_dropped_o += way_count_t'(walk_covered[w]);
      end
    end
  end

  assign fill_valid_d = (valid_q[fill_set_o] & ~fill_overlap) | (Ways'(1) << fill_way_o);
  assign walk_valid_d = valid_q[walk_set_i] & ~walk_covered;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '{default: '0};
      used_q  <= '{default: '0};
    end else begin
      if (lookup_commit_i && hit_o) used_q[hit_set_o] <= lookup_used;
      if (fill_en_i) begin
        used_q[fill_set_o]  <= fill_used;
        valid_q[fill_set_o] <= fill_valid_d;
      end
      if (walk_en_i) valid_q[walk_set_i] <= walk_valid_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fill_en_i) begin
      key_q[fill_set_o][fill_way_o]  <= fill_key_i;
      va_q[fill_set_o][fill_way_o]   <= fill_va_i;
      pa_q[fill_set_o][fill_way_o]   <= fill_pa_i;
      attr_q[fill_set_o][fill_way_o] <= fill_attr_i;
    end
  end

  assign debug_valid_o = valid_q[debug_set_i][debug_way_i];
  assign debug_key_o   = key_q[debug_set_i][debug_way_i];
  assign debug_va_o    = va_q[debug_set_i][debug_way_i];
  assign debug_pa_o    = pa_q[debug_set_i][debug_way_i];
  assign debug_attr_o  = attr_q[debug_set_i][debug_way_i];

endmodule

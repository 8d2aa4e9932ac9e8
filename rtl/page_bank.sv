// The set-associative bank: translations cached at exactly the page size of their context's granule. Match and
// placement are combinational; what they change is written at the clock edge. Within one cycle the lookup comes
// first, then the fill; fills and the walk of an invalidation never share a cycle. A lookup is matched from registers
// alone, and every search has a guard: that is what keeps simulation fast.
module page_bank import translation_cache_pkg::*; #(
  parameter  int unsigned Sets = 64,
  parameter  int unsigned Ways = 4,
  parameter  int unsigned Policy = ReplaceTreePlru,
  localparam int unsigned SetIdxW = Sets > 1 ? $clog2(Sets) : 1,
  localparam int unsigned WayIdxW = Ways > 1 ? $clog2(Ways) : 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // The invalidation under way; while shadow_i, lookups treat what it covers as absent.
  input  logic               shadow_i,
  input  inv_t               inv_i,
  input  addr_t              inv_first_i,
  input  addr_t              inv_last_i,
  // Lookup: matched while valid, used (for replacement) when it commits.
  input  logic               lookup_valid_i,
  input  logic               lookup_commit_i,
  input  key_t               lookup_key_i,
  input  addr_t              lookup_va_i,
  output logic               hit_o,
  output logic [SetIdxW-1:0] hit_set_o,
  output logic [WayIdxW-1:0] hit_way_o,
  output key_t               hit_key_o,
  output addr_t              hit_va_o,
  output addr_t              hit_pa_o,
  output attr_t              hit_attr_o,
  // Fill.
  input  logic               fill_en_i,
  input  key_t               fill_key_i,
  input  addr_t              fill_va_i,
  input  addr_t              fill_pa_i,
  input  attr_t              fill_attr_i,
  output logic [SetIdxW-1:0] fill_set_o,
  output logic [WayIdxW-1:0] fill_way_o,
  // One step of an invalidation: the set to search, and how many entries it lost.
  input  logic               walk_en_i,
  input  logic [SetIdxW-1:0] walk_set_i,
  output logic [WayW:0]      walk_dropped_o,
  // Debug read: one slot, any time.
  input  logic [SetIdxW-1:0] debug_set_i,
  input  logic [WayIdxW-1:0] debug_way_i,
  output logic               debug_valid_o,
  output key_t               debug_key_o,
  output addr_t              debug_va_o,
  output addr_t              debug_pa_o,
  output attr_t              debug_attr_o
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

  // A fill takes the place of what it overlaps, else the lowest invalid way, else the victim.
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
        walk_dropped_o += {6'b0, walk_covered[w]};
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

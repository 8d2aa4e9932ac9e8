// A translation cache with valid/ready channels: lookup, fill, invalidate.
//
// Order of operations. Each operation takes effect at one clock edge, its commit:
// - a lookup in its second cycle (lookup_commit_o), with whatever the edge before left behind;
// - a fill in the cycle it is accepted;
// - an invalidation in the cycle it is accepted, although its walk takes many more: lookups that commit while it walks
//   treat covered entries as absent, fills wait until the walk is over, and it poisons exactly the MSHRs that lookups
//   committed up to and including its own cycle allocated.
// In one cycle a lookup comes before a fill, and a lookup before an invalidation. A fill and an invalidation are never
// accepted in the same cycle: the invalidation goes first, and fills that wait go while it gives its answer. Lookups are
// answered in order.
module translation_cache import translation_cache_pkg::*; #(
  parameter int unsigned Sets         = 64,
  parameter int unsigned Ways         = 4,
  parameter int unsigned BlockEntries = 16,
  parameter int unsigned Mshrs        = 16,
  parameter int unsigned Replacement  = ReplaceTreePlru
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             lookup_valid_i,
  output logic             lookup_ready_o,
  input  key_t             lookup_key_i,
  input  addr_t            lookup_va_i,

  output logic             lookup_commit_o,      // the oldest unanswered lookup takes effect now
  output logic             lookup_rsp_valid_o,
  input  logic             lookup_rsp_ready_i,
  output lookup_rsp_t      lookup_rsp_o,         // mshr: with StatusMiss and StatusMerged
  output addr_t            lookup_rsp_va_o,      // this and the next two: with StatusHit
  output addr_t            lookup_rsp_pa_o,
  output attr_t            lookup_rsp_attr_o,

  input  logic             fill_valid_i,
  output logic             fill_ready_o,
  input  logic [MshrW-1:0] fill_mshr_i,
  input  logic             fill_present_i,       // 0: the walk faulted; the MSHR is freed, nothing is cached
  input  addr_t            fill_va_i,            // aligned to the entry's size
  input  addr_t            fill_pa_i,
  input  attr_t            fill_attr_i,

  output logic             fill_rsp_valid_o,
  input  logic             fill_rsp_ready_i,
  output fill_rsp_t        fill_rsp_o,

  input  logic             inv_valid_i,
  output logic             inv_ready_o,
  input  inv_t             inv_i,
  input  addr_t            inv_first_i,
  input  addr_t            inv_last_i,

  output logic             inv_done_valid_o,
  input  logic             inv_done_ready_i,
  output logic [31:0]      inv_done_entries_o,
  output logic [31:0]      inv_done_poisoned_o,

  // Debug read of one slot, combinational, never in the way of traffic.
  input  logic             debug_block_i,
  input  logic [SetW-1:0]  debug_set_i,
  input  logic [WayW-1:0]  debug_way_i,
  output logic             debug_valid_o,
  output key_t             debug_key_o,
  output addr_t            debug_va_o,
  output addr_t            debug_pa_o,
  output attr_t            debug_attr_o
);

  localparam int unsigned SetIdxW   = Sets > 1 ? $clog2(Sets) : 1;
  localparam int unsigned WayIdxW   = Ways > 1 ? $clog2(Ways) : 1;
  localparam int unsigned BlockIdxW = BlockEntries > 1 ? $clog2(BlockEntries) : 1;
  localparam int unsigned MshrIdxW  = Mshrs > 1 ? $clog2(Mshrs) : 1;

  // Invalidation under way.
  inv_t               inv;
  addr_t              inv_first, inv_last;
  logic               inv_walking, inv_start;
  logic [SetIdxW-1:0] walk_set;
  logic [WayW:0]      page_dropped, block_dropped;
  logic [MshrW:0]     poisoned;

  // Lookup pipeline: accept, then match and commit, then answer.
  logic        match_valid_q, match_fire;
  key_t        match_key_q;
  addr_t       match_va_q;
  logic        rsp_valid_q;
  lookup_rsp_t rsp_q;
  addr_t       rsp_va_q, rsp_pa_q;
  attr_t       rsp_attr_q;

  logic                 page_hit, block_hit, miss;
  logic [SetIdxW-1:0]   page_hit_set;
  logic [WayIdxW-1:0]   page_hit_way;
  logic [BlockIdxW-1:0] block_hit_idx;
  key_t                 page_hit_key, block_hit_key;
  addr_t                page_hit_va, page_hit_pa, block_hit_va, block_hit_pa;
  attr_t                page_hit_attr, block_hit_attr;
  status_e              miss_status;
  logic [MshrIdxW-1:0]  miss_mshr;

  assign match_fire      = match_valid_q && (!rsp_valid_q || lookup_rsp_ready_i);
  assign lookup_ready_o  = !match_valid_q || match_fire;
  assign lookup_commit_o = match_fire;
  assign miss            = match_valid_q && !page_hit && !block_hit;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      match_valid_q <= 1'b0;
      rsp_valid_q   <= 1'b0;
    end else begin
      if (lookup_ready_o) match_valid_q <= lookup_valid_i;
      if (match_fire) rsp_valid_q <= 1'b1;
      else if (lookup_rsp_ready_i) rsp_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (lookup_valid_i && lookup_ready_o) begin
      match_key_q <= lookup_key_i;
      match_va_q  <= lookup_va_i;
    end
    if (match_fire) begin
      rsp_q.status <= miss ? miss_status : StatusHit;
      rsp_q.mshr   <= MshrW'(miss_mshr);
      rsp_va_q     <= page_hit ? page_hit_va : block_hit_va;
      rsp_pa_q     <= page_hit ? page_hit_pa : block_hit_pa;
      rsp_attr_q   <= page_hit ? page_hit_attr : block_hit_attr;
    end
  end

  assign lookup_rsp_valid_o = rsp_valid_q;
  assign lookup_rsp_o       = rsp_q;
  assign lookup_rsp_va_o    = rsp_va_q;
  assign lookup_rsp_pa_o    = rsp_pa_q;
  assign lookup_rsp_attr_o  = rsp_attr_q;

  // Fill.
  logic                 fill_room, fill_fire, fill_drop, fill_forbidden, fill_is_page, fill_pending;
  logic                 fill_rsp_valid_q;
  fill_rsp_t            fill_rsp_q;
  key_t                 fill_key;
  logic [SetIdxW-1:0]   fill_set;
  logic [WayIdxW-1:0]   fill_way;
  logic [BlockIdxW-1:0] fill_idx;

  assign fill_room    = !inv_walking && (!fill_rsp_valid_q || fill_rsp_ready_i);
  assign fill_ready_o = fill_room && !(inv_valid_i && inv_ready_o);
  assign fill_fire    = fill_valid_i && fill_ready_o;
  assign fill_drop    = !fill_present_i || fill_forbidden;
  assign fill_is_page = fill_attr_i.log2_size == page_log2(fill_key.granule)
                     && fill_attr_i.leaf_log2_size == page_log2(fill_key.granule);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fill_rsp_valid_q <= 1'b0;
    else if (fill_fire) fill_rsp_valid_q <= 1'b1;
    else if (fill_rsp_ready_i) fill_rsp_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (fill_fire) begin
      fill_rsp_q.dropped    <= fill_drop;
      fill_rsp_q.block_bank <= !fill_drop && !fill_is_page;
      fill_rsp_q.set_idx    <= !fill_drop && fill_is_page ? SetW'(fill_set) : '0;
      fill_rsp_q.way        <= fill_drop ? '0 : fill_is_page ? WayW'(fill_way) : WayW'(fill_idx);
    end
  end

  assign fill_rsp_valid_o = fill_rsp_valid_q;
  assign fill_rsp_o       = fill_rsp_q;

  // Debug read.
  key_t  debug_page_key, debug_block_key;
  addr_t debug_page_va, debug_page_pa, debug_block_va, debug_block_pa;
  attr_t debug_page_attr, debug_block_attr;
  logic  debug_page_valid, debug_block_valid;

  assign debug_valid_o = debug_block_i ? debug_block_valid : debug_page_valid;
  assign debug_key_o   = debug_block_i ? debug_block_key : debug_page_key;
  assign debug_va_o    = debug_block_i ? debug_block_va : debug_page_va;
  assign debug_pa_o    = debug_block_i ? debug_block_pa : debug_page_pa;
  assign debug_attr_o  = debug_block_i ? debug_block_attr : debug_page_attr;

  page_bank #(.Sets(Sets), .Ways(Ways), .Policy(Replacement)) u_page_bank (
    .clk_i, .rst_ni,
    .shadow_i(inv_walking), .inv_i(inv), .inv_first_i(inv_first), .inv_last_i(inv_last),
    .lookup_valid_i(match_valid_q), .lookup_commit_i(match_fire), .lookup_key_i(match_key_q),
    .lookup_va_i(match_va_q),
    .hit_o(page_hit), .hit_set_o(page_hit_set), .hit_way_o(page_hit_way), .hit_key_o(page_hit_key),
    .hit_va_o(page_hit_va), .hit_pa_o(page_hit_pa), .hit_attr_o(page_hit_attr),
    .fill_en_i(fill_fire && !fill_drop && fill_is_page), .fill_key_i(fill_key), .fill_va_i, .fill_pa_i,
    .fill_attr_i, .fill_set_o(fill_set), .fill_way_o(fill_way),
    .walk_en_i(inv_walking), .walk_set_i(walk_set), .walk_dropped_o(page_dropped),
    .debug_set_i(SetIdxW'(debug_set_i)), .debug_way_i(WayIdxW'(debug_way_i)), .debug_valid_o(debug_page_valid),
    .debug_key_o(debug_page_key), .debug_va_o(debug_page_va), .debug_pa_o(debug_page_pa),
    .debug_attr_o(debug_page_attr)
  );

  block_bank #(.Entries(BlockEntries), .Policy(Replacement)) u_block_bank (
    .clk_i, .rst_ni,
    .shadow_i(inv_walking), .inv_i(inv), .inv_first_i(inv_first), .inv_last_i(inv_last),
    .lookup_valid_i(match_valid_q && !page_hit), .lookup_commit_i(match_fire), .lookup_key_i(match_key_q),
    .lookup_va_i(match_va_q),
    .hit_o(block_hit), .hit_idx_o(block_hit_idx), .hit_key_o(block_hit_key), .hit_va_o(block_hit_va),
    .hit_pa_o(block_hit_pa), .hit_attr_o(block_hit_attr),
    .fill_en_i(fill_fire && !fill_drop && !fill_is_page), .fill_key_i(fill_key), .fill_va_i, .fill_pa_i,
    .fill_attr_i, .fill_idx_o(fill_idx),
    .inv_en_i(inv_start), .inv_dropped_o(block_dropped),
    .debug_idx_i(BlockIdxW'(debug_way_i)), .debug_valid_o(debug_block_valid), .debug_key_o(debug_block_key),
    .debug_va_o(debug_block_va), .debug_pa_o(debug_block_pa), .debug_attr_o(debug_block_attr)
  );

  mshr_file #(.Mshrs(Mshrs)) u_mshr_file (
    .clk_i, .rst_ni,
    .miss_valid_i(miss), .miss_commit_i(miss && match_fire), .miss_key_i(match_key_q), .miss_va_i(match_va_q), .miss_status_o(miss_status),
    .miss_mshr_o(miss_mshr),
    .fill_valid_i, .fill_accept_i(fill_fire), .fill_mshr_i(MshrIdxW'(fill_mshr_i)), .fill_va_i, .fill_attr_i,
    .fill_pending_o(fill_pending), .fill_key_o(fill_key), .fill_drop_o(fill_forbidden),
    .inv_en_i(inv_start), .inv_i(inv), .inv_first_i(inv_first), .inv_last_i(inv_last), .inv_poisoned_o(poisoned)
  );

  invalidate_engine #(.Sets(Sets)) u_invalidate_engine (
    .clk_i, .rst_ni,
    .valid_i(inv_valid_i), .ready_o(inv_ready_o), .inv_i, .first_i(inv_first_i), .last_i(inv_last_i),
    .inv_o(inv), .first_o(inv_first), .last_o(inv_last), .walking_o(inv_walking), .start_o(inv_start),
    .walk_set_o(walk_set), .page_dropped_i(page_dropped), .block_dropped_i(block_dropped), .poisoned_i(poisoned),
    .done_valid_o(inv_done_valid_o), .done_ready_i(inv_done_ready_i), .done_entries_o(inv_done_entries_o),
    .done_poisoned_o(inv_done_poisoned_o)
  );

endmodule

// Translation cache: a TLB or an ATC with channels for lookup, fill and invalidation.
//
// A miss allocates an MSHR and names it in its answer. The user walks the tables and fills this MSHR once, with the
// translation or with none when the walk faulted. docs/rtl_cache.md is the data sheet.
//
// Order of operations: each operation takes effect at one clock edge.
// - A lookup takes effect in its second cycle (lookup_commit_o), on the state that the edge before left.
// - A fill takes effect in the cycle in which it is accepted.
// - An invalidation takes effect in the cycle in which it is accepted, although its walk takes many more. While it
//   walks, lookups treat covered entries as absent and fills wait. It poisons exactly the covered MSHRs of lookups that
//   took effect up to and including its own cycle.
// In one cycle a lookup comes before a fill and before an invalidation. A fill and an invalidation are never accepted
// in the same cycle: the invalidation goes first, and a fill that waits goes while the invalidation gives its answer.
module translation_cache import translation_cache_pkg::*; #(
  parameter int unsigned Sets         = 64,              // sets of the page bank, a power of two from 1 to 1,024
  parameter int unsigned Ways         = 4,               // ways of the page bank, a power of two from 1 to 16
  parameter int unsigned BlockEntries = 16,              // entries of the block bank, a power of two from 1 to 64
  parameter int unsigned Mshrs        = 16,              // misses in progress, 1 to 64
  parameter int unsigned Replacement  = ReplaceTreePlru  // replacement policy: ReplaceTreePlru or ReplaceNru
) (
  input  logic             clk_i,                // clock, rising edge
  input  logic             rst_ni,               // asynchronous reset, active low

  // Lookup: request. Transferred at an edge with valid and ready, as on every channel below.
  input  logic             lookup_valid_i,       // request; key and VA are valid with it
  output logic             lookup_ready_o,       // the request is accepted
  input  key_t             lookup_key_i,         // context of the lookup
  input  addr_t            lookup_va_i,          // any VA in the page looked up

  // Lookup: answer, in the order of the requests. Held until it is taken, as on every channel below.
  output logic             lookup_commit_o,      // the oldest lookup that has not yet taken effect does so at this edge
  output logic             lookup_rsp_valid_o,   // answer
  input  logic             lookup_rsp_ready_i,   // the answer is taken
  output lookup_rsp_t      lookup_rsp_o,         // status; MSHR, with StatusMiss and StatusMerged
  output addr_t            lookup_rsp_va_o,      // with StatusHit: VA of the entry's first byte
  output addr_t            lookup_rsp_pa_o,      // with StatusHit: PA of the entry's first byte
  output attr_t            lookup_rsp_attr_o,    // with StatusHit: attributes of the entry

  // Fill: request, once for each StatusMiss.
  input  logic             fill_valid_i,         // request; the other inputs are valid with it
  output logic             fill_ready_o,         // the request is accepted and takes effect at this edge
  input  logic [MshrW-1:0] fill_mshr_i,          // MSHR that the lookup's answer named
  input  logic             fill_present_i,       // 0: the walk faulted, the MSHR is freed and nothing is cached
  input  addr_t            fill_va_i,            // VA of the translation's first byte, aligned to its size
  input  addr_t            fill_pa_i,            // PA of the translation's first byte, aligned to its size
  input  attr_t            fill_attr_i,          // attributes of the translation

  // Fill: answer.
  output logic             fill_rsp_valid_o,     // answer
  input  logic             fill_rsp_ready_i,     // the answer is taken
  output fill_rsp_t        fill_rsp_o,           // whether and where the translation was cached

  // Invalidation: request.
  input  logic             inv_valid_i,          // request; the other inputs are valid with it
  output logic             inv_ready_o,          // the request is accepted and takes effect at this edge
  input  inv_t             inv_i,                // what to invalidate
  input  addr_t            inv_first_i,          // with ScopeVa: first byte of the VA range
  input  addr_t            inv_last_i,           // with ScopeVa: last byte of the VA range

  // Invalidation: answer.
  output logic             inv_done_valid_o,     // answer: no covered entry is left
  input  logic             inv_done_ready_i,     // the answer is taken
  output inv_count_t       inv_done_entries_o,   // entries dropped
  output inv_count_t       inv_done_poisoned_o,  // MSHRs newly poisoned

  // Debug read of one entry, combinational, at any time.
  input  logic             debug_block_i,        // an entry of the block bank, else of the page bank
  input  logic [SetW-1:0]  debug_set_i,          // set of the page bank
  input  logic [WayW-1:0]  debug_way_i,          // way of the set, or entry of the block bank
  output logic             debug_valid_o,        // the entry is valid, and so are the outputs below
  output key_t             debug_key_o,          // its context
  output addr_t            debug_va_o,           // its VA
  output addr_t            debug_pa_o,           // its PA
  output attr_t            debug_attr_o          // its attributes
);

  if (Sets < 1 || Sets > 2**SetW || 2**$clog2(Sets) != Sets) $error("Sets must be a power of two from 1 to 1,024");
  if (Ways < 1 || Ways > 16 || 2**$clog2(Ways) != Ways) $error("Ways must be a power of two from 1 to 16");
  if (BlockEntries < 1 || BlockEntries > 2**WayW || 2**$clog2(BlockEntries) != BlockEntries)
    $error("BlockEntries must be a power of two from 1 to 64");
  if (Mshrs < 1 || Mshrs > 2**MshrW) $error("Mshrs must be from 1 to 64");
  if (Replacement > ReplaceNru) $error("Replacement must be ReplaceTreePlru (0) or ReplaceNru (1)");

  localparam int unsigned SetIdxW   = idx_width(Sets);
  localparam int unsigned WayIdxW   = idx_width(Ways);
  localparam int unsigned BlockIdxW = idx_width(BlockEntries);
  localparam int unsigned MshrIdxW  = idx_width(Mshrs);

  // Invalidation in progress.
  inv_t               inv;
  addr_t              inv_first, inv_last;
  logic               inv_walking, inv_start;
  logic [SetIdxW-1:0] walk_set;
  way_count_t         page_dropped, block_dropped;
  mshr_count_t        poisoned;

  // Lookup pipeline: a lookup is accepted, is matched and takes effect, and is answered.
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
      fill_rsp_q.overtaken  <= fill_present_i && fill_forbidden;
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
    .miss_valid_i(miss), .miss_commit_i(miss && match_fire), .miss_key_i(match_key_q), .miss_va_i(match_va_q),
    .miss_status_o(miss_status), .miss_mshr_o(miss_mshr),
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

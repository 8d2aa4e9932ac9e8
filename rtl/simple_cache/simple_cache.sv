// Simple translation cache: the smallest design that keeps the contract of translation_cache, with the same ports.
// Pages are direct-mapped, one entry holds everything else, and one miss is in progress at a time.
//
// It shows how another cache goes behind the same adapter (docs/rtl_cache.md). It gives the same answers as the
// reference with one way, one block entry and one MSHR, so lockstep compares the two exactly.
//
// Order of operations: a lookup takes effect in the cycle after it was accepted (lookup_commit_o), a fill and an
// invalidation in the cycle in which they are accepted. No two operations take effect in the same cycle.
module simple_cache import translation_cache_pkg::*; #(
  parameter int unsigned Sets = 64               // entries for pages, a power of two up to 2**SetW
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

  // The slots are the entries for pages, by set, and last the block entry.
  localparam int unsigned SlotW = $clog2(Sets + 1);
  localparam logic [SlotW-1:0] BlockSlot = SlotW'(Sets);

  logic [Sets:0] valid_q;
  key_t          key_q [Sets+1];
  addr_t         va_q  [Sets+1];
  addr_t         pa_q  [Sets+1];
  attr_t         attr_q[Sets+1];

  function automatic logic [SlotW-1:0] slot_of(granule_e granule, addr_t va);
    return SlotW'(set_index(granule, va, $clog2(Sets)));
  endfunction

  // Lookup: it is accepted, is matched and takes effect, and is answered.
  typedef enum logic [1:0] {StIdle, StMatch, StAnswer} state_e;
  state_e           state_q;
  key_t             lookup_key_q;
  addr_t            lookup_va_q;
  lookup_rsp_t      rsp_q;
  logic [SlotW-1:0] page_slot, hit_slot, hit_slot_q;
  logic             page_hit, block_hit;

  // Miss in progress.
  logic  pending_q, poisoned_q, foreign_q;
  key_t  miss_key_q;
  addr_t miss_va_q, hull_first_q, hull_last_q;
  logic  merges, allocate;

  assign lookup_ready_o  = state_q == StIdle;
  assign lookup_commit_o = state_q == StMatch;

  assign page_slot = slot_of(lookup_key_q.granule, lookup_va_q);
  assign page_hit  = valid_q[page_slot] && same_region(va_q[page_slot], lookup_va_q, page_log2(lookup_key_q.granule))
                  && same_context(key_q[page_slot], lookup_key_q, attr_q[page_slot].is_global);
  assign block_hit = valid_q[BlockSlot] && same_region(va_q[BlockSlot], lookup_va_q, attr_q[BlockSlot].log2_size)
                  && same_context(key_q[BlockSlot], lookup_key_q, attr_q[BlockSlot].is_global);
  assign hit_slot  = page_hit ? page_slot : BlockSlot;
  assign merges    = pending_q && miss_key_q == lookup_key_q
                  && same_region(miss_va_q, lookup_va_q, page_log2(lookup_key_q.granule));
  assign allocate  = lookup_commit_o && !page_hit && !block_hit && !pending_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (lookup_valid_i) state_q <= StMatch;
        StMatch: state_q <= StAnswer;
        default: if (lookup_rsp_ready_i) state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (lookup_valid_i && lookup_ready_o) begin
      lookup_key_q <= lookup_key_i;
      lookup_va_q  <= lookup_va_i;
    end
    if (lookup_commit_o) begin
      rsp_q      <= '{status: page_hit || block_hit ? StatusHit
                            : merges                ? StatusMerged
                            : pending_q             ? StatusFull : StatusMiss,
                      mshr: '0};
      hit_slot_q <= hit_slot;
    end
  end

  // The answer is read from the entry that hit, so fills and invalidations wait until it is taken.
  assign lookup_rsp_valid_o = state_q == StAnswer;
  assign lookup_rsp_o       = rsp_q;
  assign lookup_rsp_va_o    = va_q[hit_slot_q];
  assign lookup_rsp_pa_o    = pa_q[hit_slot_q];
  assign lookup_rsp_attr_o  = attr_q[hit_slot_q];

  // Fill.
  logic             fill_fire, fill_drop, fill_overtaken, fill_is_page, fill_rsp_valid_q;
  logic [SlotW-1:0] fill_slot;
  fill_rsp_t        fill_rsp_q;

  assign fill_ready_o = state_q == StIdle && (!fill_rsp_valid_q || fill_rsp_ready_i);
  assign fill_fire    = fill_valid_i && fill_ready_o;
  assign fill_overtaken = fill_present_i
                       && (poisoned_q || (foreign_q && fill_attr_i.is_global)
                           || overlaps(fill_va_i, fill_attr_i.leaf_log2_size, hull_first_q, hull_last_q));
  assign fill_drop    = !fill_present_i || fill_overtaken;
  assign fill_is_page = fill_attr_i.log2_size == page_log2(miss_key_q.granule)
                     && fill_attr_i.leaf_log2_size == page_log2(miss_key_q.granule);
  assign fill_slot    = fill_is_page ? slot_of(miss_key_q.granule, fill_va_i) : BlockSlot;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fill_rsp_valid_q <= 1'b0;
    else if (fill_fire) fill_rsp_valid_q <= 1'b1;
    else if (fill_rsp_ready_i) fill_rsp_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (fill_fire) begin
      fill_rsp_q <= '{dropped: fill_drop, overtaken: fill_overtaken, block_bank: !fill_drop && !fill_is_page,
                      set_idx: !fill_drop && fill_is_page ? SetW'(fill_slot) : '0, way: '0};
      if (!fill_drop) begin
        key_q[fill_slot]  <= miss_key_q;
        va_q[fill_slot]   <= fill_va_i;
        pa_q[fill_slot]   <= fill_pa_i;
        attr_q[fill_slot] <= fill_attr_i;
      end
    end
  end

  assign fill_rsp_valid_o = fill_rsp_valid_q;
  assign fill_rsp_o       = fill_rsp_q;

  // Invalidation: all slots are searched at once.
  logic          inv_fire, inv_regime_hit, inv_context_hit, inv_poisons, done_valid_q;
  logic [Sets:0] covered;
  inv_count_t    dropped, entries_q, poisons_q;

  assign inv_ready_o     = state_q == StIdle && !fill_valid_i && (!done_valid_q || inv_done_ready_i);
  assign inv_fire        = inv_valid_i && inv_ready_o;
  assign inv_regime_hit  = pending_q && inv_regime(inv_i, miss_key_q, 1'b0);
  assign inv_context_hit = inv_regime_hit && inv_context(inv_i, miss_key_q);
  assign inv_poisons     = inv_context_hit && !poisoned_q && (inv_i.scope != ScopeVa
                        || overlaps(miss_va_q, page_log2(miss_key_q.granule), inv_first_i, inv_last_i));

  always_comb begin
    covered = '0;
    dropped = '0;
    if (inv_fire) begin
      for (int unsigned s = 0; s <= Sets; s++) begin
        covered[s] = valid_q[s] && covers(inv_i, inv_first_i, inv_last_i, key_q[s], va_q[s], attr_q[s]);
        dropped += inv_count_t'(covered[s]);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= '0;
      pending_q    <= 1'b0;
      poisoned_q   <= 1'b0;
      foreign_q    <= 1'b0;
      done_valid_q <= 1'b0;
    end else begin
      if (fill_fire) begin
        pending_q <= 1'b0;
        if (!fill_drop) valid_q[fill_slot] <= 1'b1;
      end
      if (allocate) begin
        pending_q  <= 1'b1;
        poisoned_q <= 1'b0;
        foreign_q  <= 1'b0;
      end
      if (inv_fire) begin
        valid_q    <= valid_q & ~covered;
        poisoned_q <= poisoned_q || inv_poisons;
        foreign_q  <= foreign_q || (inv_i.scope == ScopeVa && inv_regime_hit && !inv_context_hit);
      end
      if (inv_fire) done_valid_q <= 1'b1;
      else if (inv_done_ready_i) done_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (allocate) begin
      miss_key_q   <= lookup_key_q;
      miss_va_q    <= lookup_va_q;
      hull_first_q <= '1;
      hull_last_q  <= '0;
    end
    if (inv_fire) begin
      entries_q <= dropped;
      poisons_q <= inv_count_t'(inv_poisons);
      if (inv_i.scope == ScopeVa && inv_context_hit) begin
        if (inv_first_i < hull_first_q) hull_first_q <= inv_first_i;
        if (inv_last_i > hull_last_q) hull_last_q <= inv_last_i;
      end
    end
  end

  assign inv_done_valid_o    = done_valid_q;
  assign inv_done_entries_o  = entries_q;
  assign inv_done_poisoned_o = poisons_q;

  // Debug read.
  logic [SlotW-1:0] debug_slot;
  assign debug_slot    = debug_block_i ? BlockSlot : SlotW'(debug_set_i);
  assign debug_valid_o = valid_q[debug_slot];
  assign debug_key_o   = key_q[debug_slot];
  assign debug_va_o    = va_q[debug_slot];
  assign debug_pa_o    = pa_q[debug_slot];
  assign debug_attr_o  = attr_q[debug_slot];

endmodule

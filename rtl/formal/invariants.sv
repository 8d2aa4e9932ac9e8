// Helper invariants: what holds of the registers in every state that the cache can reach. Induction starts from any
// state in which all properties hold, so that what makes a state unreachable has to be a property too.
//
// A helper that fails says nothing about the cache, only that the proof is not complete.
`include "proof_macros.svh"

module invariants import translation_cache_pkg::*; #(
  parameter int unsigned Sets         = 1,  // sets of the page bank
  parameter int unsigned Ways         = 2,  // ways of the page bank
  parameter int unsigned BlockEntries = 1,  // entries of the block bank
  parameter int unsigned Mshrs        = 1   // number of MSHRs
) (
  input logic                clk_i,     // clock, rising edge
  input logic                rst_ni,    // reset, active low
  input logic                accept_i,  // an invalidation is accepted
  input logic                pick_i,    // stale_asserts.sv remembers it
  input logic [1:0]          released_i, // the register that ends the reset
  input logic [2**MshrW-1:0] owed_i     // MSHRs that the user is to fill
);

  `define PAGES  u_cache.u_page_bank
  `define BLOCKS u_cache.u_block_bank
  `define MSHRS  u_cache.u_mshr_file
  `define ENGINE u_cache.u_invalidate_engine
  `define STALE  u_cache.u_stale_asserts
  `define CHANNELS u_cache.u_channel_asserts

  // The invalidation that stale_asserts.sv remembers, and whether it is the one that the engine took last.
  logic  seen, last_taken_q;
  inv_t  inv;
  addr_t first, last;
  assign seen  = `STALE.seen_q[0];
  assign inv   = `STALE.inv_q[0];
  assign first = `STALE.first_q[0];
  assign last  = `STALE.last_q[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_taken_q <= 1'b0;
    else if (accept_i) last_taken_q <= pick_i;
  end

  // Whether the walk of this invalidation is in progress, and has yet to take its first step, or to search this set.
  logic walking, starts;
  assign walking = last_taken_q && `ENGINE.walking_o;
  assign starts  = walking && `ENGINE.step_q == '0;

  function automatic logic still_to_search(int unsigned set, granule_e granule);
    return walking && (`ENGINE.probe_q ? 32'(`ENGINE.step_q) <= 32'(granule) : 32'(`ENGINE.step_q) <= set);
  endfunction

  // Page bank.
  logic page_written, page_shape, page_unique, page_fresh;
  always_comb begin
    page_written = 1'b1;
    page_shape   = 1'b1;
    page_unique  = 1'b1;
    page_fresh   = 1'b1;
    for (int unsigned s = 0; s < Sets; s++) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (`PAGES.valid_q[s][w]) begin
          if (!`STALE.written_page_q[s*Ways+w]) page_written = 1'b0;
          if (!(`PAGES.key_q[s][w].granule inside {Granule4K, Granule16K, Granule64K})
              || `PAGES.attr_q[s][w].log2_size != page_log2(`PAGES.key_q[s][w].granule)
              || `PAGES.attr_q[s][w].leaf_log2_size != page_log2(`PAGES.key_q[s][w].granule)
              || (`PAGES.va_q[s][w] & span(page_log2(`PAGES.key_q[s][w].granule))) != '0
              || 32'(set_index(`PAGES.key_q[s][w].granule, `PAGES.va_q[s][w], $clog2(Sets))) != s) page_shape = 1'b0;
          if (seen && `STALE.old_page_q[0][s*Ways+w] && !still_to_search(s, `PAGES.key_q[s][w].granule)
              && covers(inv, first, last, `PAGES.key_q[s][w], `PAGES.va_q[s][w], `PAGES.attr_q[s][w])) begin
            page_fresh = 1'b0;
          end
          for (int unsigned v = 0; v < w; v++) begin
            if (`PAGES.valid_q[s][v] && `PAGES.va_q[s][v] == `PAGES.va_q[s][w]
                && same_context(`PAGES.key_q[s][v], `PAGES.key_q[s][w],
                                `PAGES.attr_q[s][v].is_global || `PAGES.attr_q[s][w].is_global)) page_unique = 1'b0;
          end
        end
      end
    end
  end
  `PROOF_HELPER(PageIsWritten, page_written)
  `PROOF_HELPER(PageIsInItsSet, page_shape)
  `PROOF_HELPER(PagesDoNotOverlap, page_unique)
  `PROOF_HELPER(OldPageIsGone, page_fresh)

  // Block bank.
  logic block_written, block_aligned, block_unique, block_fresh;
  always_comb begin
    block_written = 1'b1;
    block_aligned = 1'b1;
    block_unique  = 1'b1;
    block_fresh   = 1'b1;
    for (int unsigned e = 0; e < BlockEntries; e++) begin
      if (`BLOCKS.valid_q[e]) begin
        if (!`STALE.written_block_q[e]) block_written = 1'b0;
        if ((`BLOCKS.va_q[e] & span(`BLOCKS.attr_q[e].log2_size)) != '0) block_aligned = 1'b0;
        if (seen && `STALE.old_block_q[0][e] && !starts
            && covers(inv, first, last, `BLOCKS.key_q[e], `BLOCKS.va_q[e], `BLOCKS.attr_q[e])) block_fresh = 1'b0;
        for (int unsigned d = 0; d < e; d++) begin
          if (`BLOCKS.valid_q[d]
              && same_context(`BLOCKS.key_q[d], `BLOCKS.key_q[e],
                              `BLOCKS.attr_q[d].is_global || `BLOCKS.attr_q[e].is_global)
              && overlaps(`BLOCKS.va_q[d], `BLOCKS.attr_q[d].log2_size, `BLOCKS.va_q[e],
                          `BLOCKS.va_q[e] | span(`BLOCKS.attr_q[e].log2_size))) block_unique = 1'b0;
        end
      end
    end
  end
  `PROOF_HELPER(BlockIsWritten, block_written)
  `PROOF_HELPER(BlockIsAligned, block_aligned)
  `PROOF_HELPER(BlocksDoNotOverlap, block_unique)
  `PROOF_HELPER(OldBlockIsGone, block_fresh)

  // MSHRs. A walk that is older than the invalidation is poisoned, or the hull keeps out every leaf in the range; of
  // another context, it is foreign when the invalidation takes global entries.
  logic mshr_shape, mshr_unique, mshr_poisoned;
  always_comb begin
    mshr_shape    = 1'b1;
    mshr_unique   = 1'b1;
    mshr_poisoned = 1'b1;
    for (int unsigned m = 0; m < Mshrs; m++) begin
      if (`MSHRS.pending_q[m]) begin
        if (!(`MSHRS.key_q[m].granule inside {Granule4K, Granule16K, Granule64K})) mshr_shape = 1'b0;
        if (seen && `STALE.old_mshr_q[0][m] && !starts && inv_regime(inv, `MSHRS.key_q[m], 1'b0)
            && !`MSHRS.poisoned_q[m]) begin
          if (inv_context(inv, `MSHRS.key_q[m])
              && !(inv.scope == ScopeVa && `MSHRS.hull_first_q[m] <= first && `MSHRS.hull_last_q[m] >= last)) begin
            mshr_poisoned = 1'b0;
          end
          if (!inv_context(inv, `MSHRS.key_q[m]) && inv.scope == ScopeVa && !`MSHRS.foreign_q[m]) mshr_poisoned = 1'b0;
        end
        for (int unsigned n = 0; n < m; n++) begin
          if (`MSHRS.pending_q[n] && `MSHRS.key_q[n] == `MSHRS.key_q[m]
              && same_region(`MSHRS.va_q[n], `MSHRS.va_q[m], page_log2(`MSHRS.key_q[m].granule))) mshr_unique = 1'b0;
        end
      end
    end
  end
  `PROOF_HELPER(MshrGranuleExists, mshr_shape)
  `PROOF_HELPER(MshrsDoNotOverlap, mshr_unique)
  `PROOF_HELPER(OldMshrIsPoisoned, mshr_poisoned)

  // Invalidation engine, and the counters of channel_asserts.sv that follow it.
  logic probes;
  int unsigned steps;
  assign probes = Sets > 3 && `ENGINE.inv_q.scope == ScopeVa
               && same_region(`ENGINE.first_q, `ENGINE.last_q, PageLog2Of4K);
  assign steps  = probes ? 32'd3 : Sets;

  `PROOF_HELPER(OneIsRemembered, `STALE.next_q == '0)
  `PROOF_HELPER(EngineTookTheInvalidation,
    last_taken_q |-> seen && inv == `ENGINE.inv_q && first == `ENGINE.first_q && last == `ENGINE.last_q)
  `PROOF_HELPER(EngineStateExists, 32'(`ENGINE.state_q) <= 2)
  `PROOF_HELPER(WalkIsWithinItsSteps, `ENGINE.walking_o |-> `ENGINE.probe_q == probes
    && 32'(`ENGINE.step_q) < steps && 32'(`CHANNELS.walk_cycles_q) == 32'(`ENGINE.step_q))
  `PROOF_HELPER(FillWaitsForWalk, 32'(`CHANNELS.fill_waits_q)
    <= (`ENGINE.walking_o ? 32'(`ENGINE.step_q) + 1 : `ENGINE.done_valid_o ? steps + 1 : 0))

  // Lookups in progress, and the MSHRs that their answers name.
  logic [2**MshrW-1:0] pending;
  assign pending = (2**MshrW)'(`MSHRS.pending_q);

  `PROOF_HELPER(LookupIsOwed, `CHANNELS.lookup_owed_q == u_cache.match_valid_q)
  `PROOF_HELPER(LookupGranuleExists,
    u_cache.match_valid_q |-> u_cache.match_key_q.granule inside {Granule4K, Granule16K, Granule64K})
  `PROOF_HELPER(OwedIsPending, (owed_i & ~pending) == '0)
  `PROOF_HELPER(AnswerNamesPending, u_cache.rsp_valid_q && u_cache.rsp_q.status == StatusMiss |->
    pending[u_cache.rsp_q.mshr] && !owed_i[u_cache.rsp_q.mshr])

  // Nothing but the start is a reset.
  `PROOF_HELPER(ResetIsOver, released_i[0])

endmodule

bind environment invariants #(.Sets(Sets), .Ways(Ways), .BlockEntries(BlockEntries), .Mshrs(Mshrs)) u_invariants (
  .clk_i, .rst_ni, .accept_i(inv_valid_i && u_cache.inv_ready_o), .pick_i, .released_i(released_q), .owed_i(owed_q)
);

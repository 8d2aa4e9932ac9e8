// Assertions of translation_cache's channels: every request is answered once and in the time that the data sheet states,
// and an invalidation ends within one walk. port_asserts.sv has what every cache has to keep. FillOwned is what the user
// of the fill channel must keep; the proof shows that it is kept by filling what an answer named (formal/environment.sv).
// Bound to translation_cache (translation_cache_bind.sv).
`include "assertions.svh"

module channel_asserts import translation_cache_pkg::*; #(
  parameter int unsigned Sets = 64          // sets of the page bank: the cycles of the longest walk
) (
  input logic        clk_i,                 // clock, rising edge
  input logic        rst_ni,                // asynchronous reset, active low
  // Channels of the cache: a transfer takes place at an edge with valid and ready.
  input logic        lookup_valid_i,        // a lookup is requested
  input logic        lookup_ready_i,        // and accepted
  input logic        lookup_commit_i,       // the oldest unanswered lookup takes effect
  input logic        lookup_rsp_valid_i,    // a lookup's answer is there
  input logic        lookup_rsp_ready_i,    // and taken
  input logic        fill_valid_i,          // a fill is requested
  input logic        fill_ready_i,          // and accepted
  input logic        fill_pending_i,        // the MSHR that it names is pending
  input logic        fill_rsp_valid_i,      // a fill's answer is there
  input logic        fill_rsp_ready_i,      // and taken
  input logic        inv_accept_i,          // an invalidation is accepted
  input logic        inv_walking_i,         // an invalidation walks the page bank
  input logic        inv_done_valid_i,      // an invalidation's answer is there
  input logic        inv_done_ready_i       // and taken
);

  // The lookup pipeline holds two lookups, every other channel one request.
  localparam int unsigned MaxOutstanding = 2;
  typedef logic [$clog2(MaxOutstanding+1)-1:0] outstanding_t;

  // A fill may wait for one walk, and a few cycles more for the invalidation's request and answer.
  localparam int unsigned MaxFillWait = Sets + 4;
  typedef logic [SetW+1:0] cycles_t;  // room for a cache that exceeds the bounds

  logic         lookup_owed_q;               // accepted and not yet committed
  outstanding_t lookups_q, fills_q, invs_q;  // accepted and not yet answered
  cycles_t      walk_cycles_q;               // of the walk in progress
  cycles_t      fill_waits_q;                // of the fill that waits to be accepted

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lookup_owed_q <= 1'b0;
      lookups_q     <= '0;
      fills_q       <= '0;
      invs_q        <= '0;
      walk_cycles_q <= '0;
      fill_waits_q  <= '0;
    end else begin
      if (lookup_ready_i) lookup_owed_q <= lookup_valid_i;
      lookups_q <= lookups_q + outstanding_t'(lookup_valid_i && lookup_ready_i)
                 - outstanding_t'(lookup_rsp_valid_i && lookup_rsp_ready_i);
      fills_q   <= fills_q + outstanding_t'(fill_valid_i && fill_ready_i)
                 - outstanding_t'(fill_rsp_valid_i && fill_rsp_ready_i);
      invs_q    <= invs_q + outstanding_t'(inv_accept_i) - outstanding_t'(inv_done_valid_i && inv_done_ready_i);
      walk_cycles_q <= inv_walking_i ? walk_cycles_q + cycles_t'(1) : '0;
      fill_waits_q  <= fill_valid_i && !fill_ready_i && fill_rsp_ready_i ? fill_waits_q + cycles_t'(1) : '0;
    end
  end

  `CACHE_ASSERT(LookupCommits, lookup_owed_q && (lookup_rsp_ready_i || !lookup_rsp_valid_i) |-> lookup_commit_i,
    "an accepted lookup stands still")

  `CACHE_ASSERT(LookupAnswered, lookup_commit_i |=> lookup_rsp_valid_i, "a lookup took effect and got no answer")

  `CACHE_ASSERT(LookupAccepted, lookup_valid_i && lookup_rsp_ready_i |-> lookup_ready_i, "not one lookup a cycle")

  // Whatever was accepted and not answered is in the pipeline or at the answer port.
  `CACHE_ASSERT(NoLostLookup, lookups_q == outstanding_t'(lookup_owed_q) + outstanding_t'(lookup_rsp_valid_i),
    "not one answer for each lookup")

  `CACHE_ASSERT(NoLostFill, fills_q == outstanding_t'(fill_rsp_valid_i), "not one answer for each fill")

  `CACHE_ASSERT(NoLostInv, invs_q == outstanding_t'(inv_walking_i) + outstanding_t'(inv_done_valid_i),
    "not one answer for each invalidation")

  `CACHE_ASSERT(FillAnswered, fill_valid_i && fill_ready_i |=> fill_rsp_valid_i,
    "a fill took effect and got no answer")

  `CACHE_ASSERT(FillBounded, fill_waits_q <= cycles_t'(MaxFillWait), "a fill waits for longer than one invalidation")

  `CACHE_ASSERT(FillOwned, fill_valid_i && fill_ready_i |-> fill_pending_i,
    "a fill names an MSHR that is not pending")

  `CACHE_ASSERT(FillNotInWalk, fill_valid_i && fill_ready_i |-> !inv_walking_i && !inv_accept_i,
    "a fill slipped into an invalidation")

  `CACHE_ASSERT(InvBounded, walk_cycles_q <= cycles_t'(Sets),
    "an invalidation walks for longer than there are sets")

  `CACHE_ASSERT(InvAnswered, $past(inv_walking_i) && !inv_walking_i |-> inv_done_valid_i,
    "an invalidation ended and said nothing")

endmodule

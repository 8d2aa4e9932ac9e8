// Invalidation engine of the translation cache: takes one invalidation at a time, walks the page bank for it, and
// reports how much it dropped.
//
// An invalidation of VAs within one 4 KB page probes the set that the VA indexes at each granule; every other one walks
// all sets. Each cycle takes one set. Block bank and MSHRs are matched in parallel in the first cycle of the walk.
module invalidate_engine import translation_cache_pkg::*; #(
  parameter  int unsigned Sets    = 64,              // sets of the page bank, a power of two up to 2**SetW
  localparam int unsigned SetIdxW = idx_width(Sets)  // width of a set's index
) (
  input  logic               clk_i,            // clock, rising edge
  input  logic               rst_ni,           // asynchronous reset, active low
  // Request
  input  logic               valid_i,          // an invalidation is requested
  output logic               ready_o,          // and accepted: it takes effect at this edge for all that comes later
  input  inv_t               inv_i,            // what to invalidate
  input  addr_t              first_i,          // first byte of its VA range, with ScopeVa
  input  addr_t              last_i,           // last byte of its VA range, with ScopeVa
  // Walk
  output logic               walking_o,        // a walk is in progress, which the outputs below describe
  output inv_t               inv_o,            // the invalidation in progress
  output addr_t              first_o,          // first byte of its VA range
  output addr_t              last_o,           // last byte of its VA range
  output logic               start_o,          // first cycle of the walk: block bank and MSHRs are matched
  output logic [SetIdxW-1:0] walk_set_o,       // set of the page bank to search in this cycle
  input  way_count_t         page_dropped_i,   // entries of this set that are dropped
  input  way_count_t         block_dropped_i,  // entries of the block bank that are dropped; 0 unless start_o
  input  mshr_count_t        poisoned_i,       // MSHRs that are poisoned, with start_o
  // Answer, held until it is taken
  output logic               done_valid_o,     // the walk is over
  input  logic               done_ready_i,     // the answer is taken
  output inv_count_t         done_entries_o,   // entries dropped
  output inv_count_t         done_poisoned_o   // MSHRs newly poisoned
);

  // A probe searches one set for each granule, in the order of granule_e.
  localparam int unsigned ProbedSets = int'(Granule64K) + 1;

  typedef enum logic [1:0] {StIdle, StWalk, StDone} state_e;
  typedef logic [SetW:0] step_t;  // cycles of a walk: 0 to 2**SetW

  state_e     state_q;
  inv_t       inv_q;
  addr_t      first_q, last_q;
  logic       probe_q;  // the walk in progress is a probe
  step_t      step_q;
  inv_count_t entries_q, poisoned_q;

  logic       accept;
  step_t      last_step;

  assign ready_o   = state_q == StIdle;
  assign accept    = valid_i && ready_o;
  assign last_step = probe_q ? step_t'(ProbedSets - 1) : step_t'(Sets - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StIdle;
      step_q       <= '0;
      entries_q    <= '0;
      poisoned_q   <= '0;
      probe_q      <= 1'b0;
    end else begin
      unique case (state_q)
        StIdle: if (accept) begin
          state_q    <= StWalk;
          probe_q    <= Sets > ProbedSets && inv_i.scope == ScopeVa
                        && same_region(first_i, last_i, PageLog2Of4K);
          step_q     <= '0;
          entries_q  <= '0;
          poisoned_q <= '0;
        end
        StWalk: begin
          if (step_q == last_step) state_q <= StDone;
          step_q    <= step_q + step_t'(1);
          entries_q <= entries_q + inv_count_t'(page_dropped_i) + inv_count_t'(block_dropped_i);
          if (start_o) poisoned_q <= inv_count_t'(poisoned_i);
        end
        default: if (done_ready_i) state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      inv_q   <= inv_i;
      first_q <= first_i;
      last_q  <= last_i;
    end
  end

  assign inv_o      = inv_q;
  assign first_o    = first_q;
  assign last_o     = last_q;
  assign walking_o  = state_q == StWalk;
  assign start_o    = walking_o && step_q == '0;
  assign walk_set_o = probe_q ? SetIdxW'(set_index(granule_e'(step_q), first_q, $clog2(Sets)))
                              : SetIdxW'(step_q);

  assign done_valid_o    = state_q == StDone;
  assign done_entries_o  = entries_q;
  assign done_poisoned_o = poisoned_q;

endmodule

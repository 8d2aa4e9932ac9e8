// Takes one invalidation at a time, walks the page bank for it and reports what was dropped. An invalidation within one
// 4 KB page probes the sets that its 4K, 16K and 64K pages index; every other walks all sets, one a cycle.
module invalidate_engine import translation_cache_pkg::*; #(
  parameter  int unsigned Sets = 64,
  localparam int unsigned SetIdxW = Sets > 1 ? $clog2(Sets) : 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Request. It takes effect, for everything ordered after it, in the cycle it is accepted.
  input  logic               valid_i,
  output logic               ready_o,
  input  inv_t               inv_i,
  input  addr_t              first_i,
  input  addr_t              last_i,
  // The invalidation under way.
  output inv_t               inv_o,
  output addr_t              first_o,
  output addr_t              last_o,
  output logic               walking_o,
  output logic               start_o,       // first cycle: the parallel match of block bank and MSHRs
  output logic [SetIdxW-1:0] walk_set_o,
  input  logic [WayW:0]      page_dropped_i,
  input  logic [WayW:0]      block_dropped_i,
  input  logic [MshrW:0]     poisoned_i,
  // Done.
  output logic               done_valid_o,
  input  logic               done_ready_i,
  output logic [31:0]        done_entries_o,
  output logic [31:0]        done_poisoned_o
);

  typedef enum logic [1:0] {StIdle, StWalk, StDone} state_e;

  state_e      state_q;
  inv_t        inv_q;
  addr_t       first_q, last_q;
  logic        probe_q;        // three sets at most
  logic [10:0] step_q;
  logic [31:0] entries_q, poisoned_q;

  logic        accept;
  logic [10:0] last_step;

  assign ready_o   = state_q == StIdle;
  assign accept    = valid_i && ready_o;
  assign last_step = probe_q ? 11'd2 : 11'(Sets - 1);

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
          probe_q    <= Sets > 3 && inv_i.scope == ScopeVa && same_region(first_i, last_i, 6'd12);
          step_q     <= '0;
          entries_q  <= '0;
          poisoned_q <= '0;
        end
        StWalk: begin
          if (step_q == last_step) state_q <= StDone;
          step_q    <= step_q + 11'd1;
          entries_q <= entries_q + 32'(page_dropped_i) + 32'(block_dropped_i);
          if (start_o) poisoned_q <= 32'(poisoned_i);
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
  assign walk_set_o = probe_q ? SetIdxW'(set_index(granule_e'(step_q[1:0]), first_q, $clog2(Sets)))
                              : SetIdxW'(step_q);

  assign done_valid_o    = state_q == StDone;
  assign done_entries_o  = entries_q;
  assign done_poisoned_o = poisoned_q;

endmodule

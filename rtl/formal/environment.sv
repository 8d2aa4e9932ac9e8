// Top level of the proof: the cache, and what the proof assumes of its user.
//
// Every input is free: it takes any value in every cycle. An assertion in this file is assumed (ASSUMED of
// verilog_view.py); docs/rtl_cache.md lists them.
`include "proof_macros.svh"

module environment import translation_cache_pkg::*; #(
  parameter int unsigned Sets         = 1,        // sets of the page bank
  parameter int unsigned Ways         = 2,        // ways of the page bank
  parameter int unsigned BlockEntries = 1,        // entries of the block bank
  parameter int unsigned Mshrs        = 1,        // number of MSHRs
  parameter int unsigned Replacement  = ReplaceTreePlru  // replacement policy
) (
  input logic             clk_i,               // clock, rising edge
  input logic             pick_i,              // stale_asserts.sv remembers the invalidation that is accepted now
  // Inputs of the cache, under its names
  input logic             lookup_valid_i,
  input key_t             lookup_key_i,
  input addr_t            lookup_va_i,
  input logic             lookup_rsp_ready_i,
  input logic             fill_valid_i,
  input logic [MshrW-1:0] fill_mshr_i,
  input logic             fill_present_i,
  input addr_t            fill_va_i,
  input addr_t            fill_pa_i,
  input attr_t            fill_attr_i,
  input logic             fill_rsp_ready_i,
  input logic             inv_valid_i,
  input inv_t             inv_i,
  input addr_t            inv_first_i,
  input addr_t            inv_last_i,
  input logic             inv_done_ready_i
);

  // Two cycles of reset. Every other register powers up with any value.
  logic [1:0] released_q = '0;
  logic       rst_ni;
  always_ff @(posedge clk_i) released_q <= {released_q[0], 1'b1};
  assign rst_ni = released_q[1];

  // Outputs of the cache.
  logic        lookup_ready_o, lookup_commit_o, lookup_rsp_valid_o;
  lookup_rsp_t lookup_rsp_o;
  logic        fill_ready_o;

  translation_cache #(
    .Sets(Sets), .Ways(Ways), .BlockEntries(BlockEntries), .Mshrs(Mshrs), .Replacement(Replacement)
  ) u_cache (
    .clk_i, .rst_ni,
    .lookup_valid_i, .lookup_ready_o, .lookup_key_i, .lookup_va_i, .lookup_commit_o, .lookup_rsp_valid_o,
    .lookup_rsp_ready_i, .lookup_rsp_o, .lookup_rsp_va_o(), .lookup_rsp_pa_o(), .lookup_rsp_attr_o(),
    .fill_valid_i, .fill_ready_o, .fill_mshr_i, .fill_present_i, .fill_va_i, .fill_pa_i, .fill_attr_i,
    .fill_rsp_valid_o(), .fill_rsp_ready_i, .fill_rsp_o(),
    .inv_valid_i, .inv_ready_o(), .inv_i, .inv_first_i, .inv_last_i, .inv_done_valid_o(), .inv_done_ready_i,
    .inv_done_entries_o(), .inv_done_poisoned_o(),
    .debug_block_i(1'b0), .debug_set_i('0), .debug_way_i('0), .debug_valid_o(), .debug_key_o(), .debug_va_o(),
    .debug_pa_o(), .debug_attr_o()
  );

  // Walks that the user owes: MSHRs that an answer named and no fill has used since.
  logic [2**MshrW-1:0] owed_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      owed_q <= '0;
    end else begin
      if (fill_valid_i && fill_ready_o) owed_q[fill_mshr_i] <= 1'b0;
      if (lookup_rsp_valid_o && lookup_rsp_ready_i && lookup_rsp_o.status == StatusMiss) begin
        owed_q[lookup_rsp_o.mshr] <= 1'b1;
      end
    end
  end

  `PROOF_ASSUME(FillIsOwed, fill_valid_i |-> owed_q[fill_mshr_i], "a fill of an MSHR that no answer named")

  `PROOF_ASSUME(FillIsAligned, (fill_va_i & span(fill_attr_i.log2_size)) == '0, "a fill that is not aligned")

  `PROOF_ASSUME(GranuleExists, lookup_key_i.granule inside {Granule4K, Granule16K, Granule64K},
    "a granule that does not exist")

endmodule

// What the miss-status registers promise: a page has one at most, an allocation takes a free one, and a poisoned one
// caches nothing.
module mshr_asserts import translation_cache_pkg::*; import assertion_report_pkg::*; #(
  parameter  int unsigned Mshrs = 16,
  localparam int unsigned IdxW = Mshrs > 1 ? $clog2(Mshrs) : 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [Mshrs-1:0] pending_i,
  input logic [Mshrs-1:0] poisoned_i,
  input logic             miss_commit_i,
  input logic [Mshrs-1:0] miss_match_i,
  input status_e          miss_status_i,
  input logic [IdxW-1:0]  miss_mshr_i,
  input logic             fill_accept_i,
  input logic [IdxW-1:0]  fill_mshr_i,
  input logic             fill_drop_i
);

  MergeOneHot: assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(miss_match_i))
    else smmu_vp_rtl_assertion_failed("MergeOneHot: two MSHRs wait for one page");

  AllocatesFree: assert property (@(posedge clk_i) disable iff (!rst_ni)
    miss_commit_i && miss_status_i == StatusMiss |-> !pending_i[miss_mshr_i])
    else smmu_vp_rtl_assertion_failed("AllocatesFree: a miss took an MSHR that is pending");

  MergesPending: assert property (@(posedge clk_i) disable iff (!rst_ni)
    miss_commit_i && miss_status_i == StatusMerged |-> pending_i[miss_mshr_i])
    else smmu_vp_rtl_assertion_failed("MergesPending: a miss waits for an MSHR that is free");

  FullIsFull: assert property (@(posedge clk_i) disable iff (!rst_ni)
    miss_commit_i && miss_status_i == StatusFull |-> &pending_i)
    else smmu_vp_rtl_assertion_failed("FullIsFull: a miss was refused although an MSHR is free");

  PoisonedDropped: assert property (@(posedge clk_i) disable iff (!rst_ni)
    fill_accept_i && poisoned_i[fill_mshr_i] |-> fill_drop_i)
    else smmu_vp_rtl_assertion_failed("PoisonedDropped: the fill of a poisoned MSHR was cached");

endmodule

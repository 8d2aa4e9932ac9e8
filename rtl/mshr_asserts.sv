// Assertions of the MSHR file: at most one MSHR waits for a page, a miss allocates a free MSHR, and the fill of a
// poisoned MSHR is dropped. Bound to mshr_file (translation_cache_bind.sv).
`include "assertions.svh"

module mshr_asserts import translation_cache_pkg::*; #(
  parameter  int unsigned Mshrs = 16,               // number of MSHRs
  localparam int unsigned IdxW  = idx_width(Mshrs)  // width of an MSHR's index
) (
  input logic             clk_i,          // clock, rising edge
  input logic             rst_ni,         // asynchronous reset, active low
  input logic [Mshrs-1:0] pending_i,      // MSHRs that wait for their fill
  input logic [Mshrs-1:0] poisoned_i,     // MSHRs whose fill will be dropped
  input logic             miss_commit_i,  // a lookup misses and takes effect
  input logic [Mshrs-1:0] miss_match_i,   // pending MSHRs that wait for its page
  input status_e          miss_status_i,  // StatusMiss, StatusMerged or StatusFull
  input logic [IdxW-1:0]  miss_mshr_i,    // the MSHR allocated or waited for
  input logic             fill_accept_i,  // a fill takes effect
  input logic [IdxW-1:0]  fill_mshr_i,    // its MSHR
  input logic             fill_drop_i     // an invalidation forbids it
);

  `CACHE_ASSERT(MergeOneHot, $onehot0(miss_match_i), "two MSHRs wait for one page")

  `CACHE_ASSERT(AllocatesFree, miss_commit_i && miss_status_i == StatusMiss |-> !pending_i[miss_mshr_i],
    "a miss took an MSHR that is pending")

  `CACHE_ASSERT(MergesPending, miss_commit_i && miss_status_i == StatusMerged |-> pending_i[miss_mshr_i],
    "a miss waits for an MSHR that is free")

  `CACHE_ASSERT(FullIsFull, miss_commit_i && miss_status_i == StatusFull |-> &pending_i,
    "a miss was refused although an MSHR is free")

  `CACHE_ASSERT(PoisonedDropped, fill_accept_i && poisoned_i[fill_mshr_i] |-> fill_drop_i,
    "the fill of a poisoned MSHR was cached")

endmodule

// Assertions on the ports of any translation cache, whatever its organisation: an answer stays as it is until it is
// taken. Bound to the top of every model (port_asserts_bind.sv). Whether answers are right is what the contract checker
// judges (testbench/machine/rtl_adapter/contract_checker.h).
`include "assertions.svh"

module port_asserts import translation_cache_pkg::*; (
  input logic        clk_i,                 // clock, rising edge
  input logic        rst_ni,                // asynchronous reset, active low
  input logic        lookup_rsp_valid_i,    // a lookup's answer is there
  input logic        lookup_rsp_ready_i,    // and taken
  input lookup_rsp_t lookup_rsp_i,          // its status and MSHR
  input addr_t       lookup_rsp_va_i,       // VA of the entry that hit
  input addr_t       lookup_rsp_pa_i,       // PA of the entry that hit
  input attr_t       lookup_rsp_attr_i,     // attributes of the entry that hit
  input logic        fill_rsp_valid_i,      // a fill's answer is there
  input logic        fill_rsp_ready_i,      // and taken
  input fill_rsp_t   fill_rsp_i,            // whether and where the translation was cached
  input logic        inv_done_valid_i,      // an invalidation's answer is there
  input logic        inv_done_ready_i,      // and taken
  input inv_count_t  inv_done_entries_i,    // entries it dropped
  input inv_count_t  inv_done_poisoned_i    // MSHRs it poisoned
);

  `CACHE_ASSERT(LookupRspStable, lookup_rsp_valid_i && !lookup_rsp_ready_i |=>
      lookup_rsp_valid_i && $stable({lookup_rsp_i, lookup_rsp_attr_i}) && $stable(lookup_rsp_va_i)
      && $stable(lookup_rsp_pa_i),
    "a lookup's answer changed before it was taken")

  `CACHE_ASSERT(FillRspStable,
    fill_rsp_valid_i && !fill_rsp_ready_i |=> fill_rsp_valid_i && $stable(fill_rsp_i),
    "a fill's answer changed before it was taken")

  `CACHE_ASSERT(InvDoneStable, inv_done_valid_i && !inv_done_ready_i |=>
      inv_done_valid_i && $stable({inv_done_entries_i, inv_done_poisoned_i}),
    "an invalidation's answer changed before it was taken")

endmodule

// Properties of the proof alone. verilog_view.py tells them from the assertions of the RTL by the first word of the
// report.
`ifndef SMMU_VP_RTL_PROOF_MACROS_SVH
`define SMMU_VP_RTL_PROOF_MACROS_SVH

// What the proof assumes of the user of the cache, in every cycle. MESSAGE says what is excluded.
`define PROOF_ASSUME(NAME, PROPERTY, MESSAGE) \
  NAME: assert property (@(posedge clk_i) PROPERTY) \
    else assertion_report_pkg::smmu_vp_rtl_assertion_failed({`"assume NAME: `", MESSAGE});

// An invariant of the cache's registers, without which the induction does not close.
`define PROOF_HELPER(NAME, PROPERTY) \
  NAME: assert property (@(posedge clk_i) disable iff (!rst_ni) PROPERTY) \
    else assertion_report_pkg::smmu_vp_rtl_assertion_failed(`"helper NAME: `");

`endif

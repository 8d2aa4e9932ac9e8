// Assertion and cover macros. A property is named once; clock and reset are clk_i and rst_ni unless others are given.
`ifndef SMMU_VP_RTL_ASSERTIONS_SVH
`define SMMU_VP_RTL_ASSERTIONS_SVH

// Asserts that PROPERTY holds at every rising clock edge outside reset. A failure is reported as "NAME: MESSAGE"; the
// string MESSAGE says what went wrong.
`define CACHE_ASSERT(NAME, PROPERTY, MESSAGE, CLK = clk_i, RST_N = rst_ni) \
  NAME: assert property (@(posedge CLK) disable iff (!RST_N) PROPERTY) \
    else assertion_report_pkg::smmu_vp_rtl_assertion_failed({`"NAME: `", MESSAGE});

// Counts the rising clock edges outside reset at which PROPERTY holds, in a model that is built with coverage. The
// proof looks for a trace that reaches it: it reports the point as simulation reports a failed assertion.
`ifdef PROOF
`define CACHE_COVER(NAME, PROPERTY, CLK = clk_i, RST_N = rst_ni) \
  NAME: assert property (@(posedge CLK) disable iff (!RST_N) !(PROPERTY)) \
    else assertion_report_pkg::smmu_vp_rtl_assertion_failed(`"cover NAME: `");
`else
`define CACHE_COVER(NAME, PROPERTY, CLK = clk_i, RST_N = rst_ni) \
  NAME: cover property (@(posedge CLK) disable iff (!RST_N) PROPERTY);
`endif

`endif

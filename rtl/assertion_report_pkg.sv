// Reports failed assertions to the testbench, which adds the instance's name and lets the simulation continue; $error
// would end it. `CACHE_ASSERT of assertions.svh calls it.
package assertion_report_pkg;
  import "DPI-C" function void smmu_vp_rtl_assertion_failed(input string what);  // "name: message"
endpackage

// Where a failed assertion goes: to the testbench, which names the instance and goes on. $error would end the process.
package assertion_report_pkg;
  import "DPI-C" function void smmu_vp_rtl_assertion_failed(input string what);
endpackage

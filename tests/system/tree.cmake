# Rules about the sources.
function(tree_test sentence)
  add_test(NAME "system: ${sentence}" COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/${ARGN})
  set_tests_properties("system: ${sentence}" PROPERTIES LABELS system)
endfunction()
set(includes includes.py ${CMAKE_BINARY_DIR}/targets.json)
tree_test("every include is within what its target links" ${includes} ${PROJECT_SOURCE_DIR}
  include rtl sw_driver testbench tests tlm)
tree_test("an include outside what its target links is detected" includes_test.py)
tree_test("the untimed code links no SystemC" ${includes} --apart SystemC::systemc smmu_vp_spec smmu_vp_trace smmu_vp_core
  smmu_vp_device_config smmu_vp_pcie_config smmu_vp_driver smmu_vp_config smmu_vp_output smmu_vp_trace_sinks smmu_vp_monitors smmu_vp_report
  smmu_vp_workload)
tree_test("the monitors link nothing that they check" ${includes}
  --apart smmu_vp_core,smmu_vp_reference_cache,smmu_vp_smmu,smmu_vp_device,smmu_vp_pcie,smmu_vp_driver smmu_vp_monitors)
tree_test("the driver links nothing of the hardware it programs" ${includes}
  --apart smmu_vp_core,smmu_vp_smmu,smmu_vp_device,smmu_vp_pcie,smmu_vp_transport smmu_vp_driver)
add_test(NAME "system: no source file is longer than 400 lines"
  COMMAND sh -c "! find tlm rtl sw_driver testbench tests -name '*.h' -o -name '*.cpp' -o -name '*.sv' -o -name '*.c' -o -name '*.py' | xargs wc -l | awk '$1 > 400 && $2 != \"total\" { print; n++ } END { exit n == 0 }'"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties("system: no source file is longer than 400 lines" PROPERTIES LABELS system)

# Generated pages are as the program prints them.
add_test(NAME "system: docs/registers.md is what list registers prints"
  COMMAND sh -c "$<TARGET_FILE:smmu-vp> list registers --markdown | diff -u ${PROJECT_SOURCE_DIR}/docs/registers.md -")
set_tests_properties("system: docs/registers.md is what list registers prints" PROPERTIES LABELS system)
add_test(NAME "system: docs/monitors.md is what list monitors prints"
  COMMAND sh -c "$<TARGET_FILE:smmu-vp> list monitors --markdown | diff -u ${PROJECT_SOURCE_DIR}/docs/monitors.md -")
set_tests_properties("system: docs/monitors.md is what list monitors prints" PROPERTIES LABELS system)
system_test(NAME "list registers names the counter group too" STATUS 0
  MATCH "PMCG_EVCNTRn +offset 0x30000 . 8n, 64 bits" COMMAND $<TARGET_FILE:smmu-vp> list registers)
system_test(NAME "list registers prints offset and fields of each register as data" STATUS 0
  MATCH "\"offset\": \"0x00020\"" COMMAND $<TARGET_FILE:smmu-vp> list registers --json)
add_test(NAME "system: list registers describes the registers to other tools: IP-XACT, CMSIS-SVD and C"
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/registers_test.py $<TARGET_FILE:smmu-vp> ${work}/registers)
set_tests_properties("system: list registers describes the registers to other tools: IP-XACT, CMSIS-SVD and C"
  PROPERTIES LABELS system)
system_test(NAME "list events prints the fields of each record as data" STATUS 0
  MATCH "\"name\": \"E_PAGE_REQUEST\"" COMMAND $<TARGET_FILE:smmu-vp> list events --json)

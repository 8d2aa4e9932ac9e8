# Rules about the sources.
add_test(NAME "system: spec, core, trace and sw_driver include no SystemC"
  COMMAND grep -rnE "#include *[<\"](systemc|tlm|tlm_utils/.*)[>\"]" ${PROJECT_SOURCE_DIR}/tlm/spec
    ${PROJECT_SOURCE_DIR}/tlm/core ${PROJECT_SOURCE_DIR}/tlm/trace ${PROJECT_SOURCE_DIR}/sw_driver
    ${PROJECT_SOURCE_DIR}/testbench/config ${PROJECT_SOURCE_DIR}/testbench/monitors)
set_tests_properties("system: spec, core, trace and sw_driver include no SystemC" PROPERTIES LABELS system WILL_FAIL TRUE)
add_test(NAME "system: no source file is longer than 400 lines"
  COMMAND sh -c "! find tlm rtl sw_driver testbench tests -name '*.h' -o -name '*.cpp' -o -name '*.sv' | xargs wc -l | awk '$1 > 400 && $2 != \"total\" { print; n++ } END { exit n == 0 }'"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties("system: no source file is longer than 400 lines" PROPERTIES LABELS system)

# Pages made from the program's own tables are as the program makes them.
add_test(NAME "system: docs/registers.md is what list registers prints"
  COMMAND sh -c "$<TARGET_FILE:smmu-vp> list registers --markdown | diff -u ${PROJECT_SOURCE_DIR}/docs/registers.md -")
set_tests_properties("system: docs/registers.md is what list registers prints" PROPERTIES LABELS system)
system_test(NAME "list registers names the counter group too" STATUS 0
  MATCH "PMCG_EVCNTRn +offset 0x30000 . 8n, 64 bits" COMMAND $<TARGET_FILE:smmu-vp> list registers)
system_test(NAME "list registers prints offset and fields of each register as data" STATUS 0
  MATCH "\"offset\": \"0x00020\"" COMMAND $<TARGET_FILE:smmu-vp> list registers --json)
system_test(NAME "list events prints the fields of each record as data" STATUS 0
  MATCH "\"name\": \"E_PAGE_REQUEST\"" COMMAND $<TARGET_FILE:smmu-vp> list events --json)

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

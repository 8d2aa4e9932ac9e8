# smmu_vp_add_tests(NAME n LABEL l SOURCES ... LIBS ...): a doctest executable, one process per test case, because
# SystemC elaborates once per process. A filter that matches nothing fails.
include(doctest)
set(SMMU_VP_TEST_SUPPORT ${PROJECT_SOURCE_DIR}/tests/support)
function(smmu_vp_add_tests)
  cmake_parse_arguments(ARG "" "NAME;LABEL" "SOURCES;LIBS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES} ${SMMU_VP_TEST_SUPPORT}/doctest_main.cpp)
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBS} doctest::doctest smmu_vp_warnings)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  doctest_discover_tests(${ARG_NAME} TEST_PREFIX "${ARG_LABEL}: "
    ADD_LABELS 0 PROPERTIES LABELS ${ARG_LABEL} FAIL_REGULAR_EXPRESSION "test cases: *0 " TIMEOUT 300)
endfunction()

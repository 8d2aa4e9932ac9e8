# smmu_vp_add_tests(NAME n LABEL l SOURCES ... LIBS ... [PCH kind]): a doctest executable, one process per test case,
# because SystemC elaborates once per process. A filter that matches nothing fails. PCH is `test` unless said
# otherwise; `systemc_test` for what includes SystemC.
include(doctest)
set(SMMU_VP_TEST_SUPPORT ${PROJECT_SOURCE_DIR}/tests/support)
add_library(smmu_vp_doctest_main OBJECT ${SMMU_VP_TEST_SUPPORT}/doctest_main.cpp)
target_link_libraries(smmu_vp_doctest_main PRIVATE doctest::doctest smmu_vp_warnings)
function(smmu_vp_add_tests)
  cmake_parse_arguments(ARG "" "NAME;LABEL;PCH" "SOURCES;LIBS" ${ARGN})
  if(NOT ARG_PCH)
    set(ARG_PCH test)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES} $<TARGET_OBJECTS:smmu_vp_doctest_main>)
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBS} smmu_vp_pch_${ARG_PCH}_links smmu_vp_warnings)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${ARG_NAME} REUSE_FROM smmu_vp_pch_${ARG_PCH})
  doctest_discover_tests(${ARG_NAME} TEST_PREFIX "${ARG_LABEL}: "
    ADD_LABELS 0 PROPERTIES LABELS ${ARG_LABEL} FAIL_REGULAR_EXPRESSION "test cases: *0 " TIMEOUT 300)
endfunction()

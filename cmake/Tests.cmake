# smmu_vp_add_tests(NAME n LABEL l SOURCES ... LIBS ... [PCH kind]): a doctest executable that runs each test case in
# its own process, because SystemC elaborates once per process. A filter that matches no test fails. PCH defaults to
# `test`; use `systemc_test` for sources that include SystemC.
include(doctest)
smmu_vp_add_pch(test HEADERS ${SMMU_VP_PLAIN_HEADERS} <doctest/doctest.h>
  LINKS fmt::fmt nlohmann_json::nlohmann_json doctest::doctest)
smmu_vp_add_pch(systemc_test HEADERS ${SMMU_VP_PLAIN_HEADERS} ${SMMU_VP_SYSTEMC_HEADERS} <doctest/doctest.h>
  LINKS fmt::fmt nlohmann_json::nlohmann_json SystemC::systemc doctest::doctest)
# A test's own code runs for milliseconds; what it costs is compiling it.
foreach(kind test systemc_test)
  target_compile_options(smmu_vp_pch_${kind}_links INTERFACE -O0)
endforeach()
set(SMMU_VP_TEST_SUPPORT ${PROJECT_SOURCE_DIR}/tests/support)
add_library(smmu_vp_doctest_main OBJECT ${SMMU_VP_TEST_SUPPORT}/doctest_main.cpp)
target_link_libraries(smmu_vp_doctest_main PRIVATE doctest::doctest smmu_vp_warnings)
function(smmu_vp_add_tests)
  cmake_parse_arguments(ARG "" "NAME;LABEL;PCH" "SOURCES;LIBS" ${ARGN})
  if(NOT ARG_PCH)
    set(ARG_PCH test)
  endif()
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "${ARG_NAME} has no sources")
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES} $<TARGET_OBJECTS:smmu_vp_doctest_main>)
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBS} doctest::doctest smmu_vp_pch_${ARG_PCH}_links smmu_vp_warnings)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${ARG_NAME} REUSE_FROM smmu_vp_pch_${ARG_PCH})
  doctest_discover_tests(${ARG_NAME} TEST_PREFIX "${ARG_LABEL}: "
    ADD_LABELS 0 PROPERTIES LABELS ${ARG_LABEL} FAIL_REGULAR_EXPRESSION "test cases: *0 " TIMEOUT 300)
endfunction()

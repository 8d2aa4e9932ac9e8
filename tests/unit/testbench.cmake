# Configuration, kernel services, sinks and reports.
file(GLOB testbench_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/testbench_*.cpp)
smmu_vp_add_tests(NAME unit_testbench LABEL unit SOURCES ${testbench_sources}
  LIBS smmu_vp_os smmu_vp_config smmu_vp_output smmu_vp_report smmu_vp_trace_sinks smmu_vp_test_words PCH systemc_test)
target_compile_definitions(unit_testbench PRIVATE SMMU_VP_WAVES="${PROJECT_SOURCE_DIR}/waves"
  SMMU_VP_EXAMPLES="${PROJECT_SOURCE_DIR}/examples")

# Measurements of scenarios.
smmu_vp_add_tests(NAME unit_scenarios LABEL unit
  SOURCES scenarios_breakdown_test.cpp ${PROJECT_SOURCE_DIR}/testbench/runs/scenarios/invalidation_breakdown.cpp
  LIBS smmu_vp_report smmu_vp_trace smmu_vp_test_words)

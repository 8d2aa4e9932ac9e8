# Sweeps, comparisons and traces, without runs.
smmu_vp_add_tests(NAME unit_study LABEL unit
  SOURCES study_expression_test.cpp study_sweep_file_test.cpp study_plots_test.cpp study_comparison_test.cpp
    study_ftrace_test.cpp study_measured_table_test.cpp study_temporary.h
  LIBS smmu_vp_sweep smmu_vp_compare smmu_vp_ftrace smmu_vp_report)

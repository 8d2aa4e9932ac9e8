# --explain on a stopped machine.
smmu_vp_add_tests(NAME unit_inspect LABEL unit SOURCES inspect_explain_test.cpp inspect_side_by_side_test.cpp
  LIBS smmu_vp_inspect smmu_vp_test_words PCH systemc_test)

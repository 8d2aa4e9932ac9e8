# What --explain says of a machine that stands still.
smmu_vp_add_tests(NAME unit_inspect LABEL unit SOURCES inspect_explain_test.cpp
  LIBS smmu_vp_inspect PCH systemc_test)

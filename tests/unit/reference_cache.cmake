# The reference translation cache alone.
smmu_vp_add_tests(NAME unit_reference_cache LABEL unit SOURCES reference_cache_test.cpp LIBS smmu_vp_reference_cache)

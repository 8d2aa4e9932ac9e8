# The reference translation cache stands alone, so that the RTL's tests link nothing else of tlm/core.
smmu_vp_add_library(smmu_vp_reference_cache
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/reference_cache.cpp
  LINKS smmu_vp_spec)

# The reference translation cache and its contract are a separate library, so that the ATC and the RTL's tests link
# nothing else of tlm/core.
add_library(smmu_vp_hardware_bugs INTERFACE hardware_bugs.h hardware_bugs.def)
target_link_libraries(smmu_vp_hardware_bugs INTERFACE smmu_vp_spec)
smmu_vp_add_library(smmu_vp_reference_cache
  SOURCES reference_cache.cpp cache_choice.h cache_tag.h replacement.h slot_groups.h translation_cache.h
  LINKS smmu_vp_spec smmu_vp_hardware_bugs)

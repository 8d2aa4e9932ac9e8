# smmu_vp_add_library(NAME SOURCES ... LINKS ...): a static library of the tree, includes written from the top.
function(smmu_vp_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE smmu_vp_warnings)
endfunction()

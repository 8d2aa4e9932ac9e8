# smmu_vp_add_library(NAME SOURCES ... LINKS ... [PCH kind]): a static library of the tree; include paths start at the
# top. PCH selects the precompiled header: `systemc` for users of SystemC, `plain` for users of fmt; without PCH a
# library gets only the headers that it includes.
set(SMMU_VP_INCLUDES $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/smmu_vp>)
function(smmu_vp_add_library name)
  cmake_parse_arguments(ARG "" "PCH" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${SMMU_VP_INCLUDES})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE $<BUILD_INTERFACE:smmu_vp_warnings>)
  if(ARG_PCH AND NOT SMMU_VP_FUZZ)
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:smmu_vp_pch_${ARG_PCH}_links>)
    target_precompile_headers(${name} REUSE_FROM smmu_vp_pch_${ARG_PCH})
  endif()
endfunction()

# Third-party headers dominate compile time, so each set of them is parsed only once.
function(smmu_vp_add_pch kind)
  if(SMMU_VP_FUZZ)
    return()  # clang with other flags for a few files: not worth precompiled headers
  endif()
  cmake_parse_arguments(ARG "" "" "HEADERS;LINKS" ${ARGN})
  set(target smmu_vp_pch_${kind})
  add_library(${target}_links INTERFACE)
  target_link_libraries(${target}_links INTERFACE ${ARG_LINKS})
  # ccache caches objects that use a precompiled header only if the preprocessor marks them.
  target_compile_options(${target}_links INTERFACE -fpch-preprocess)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch/${kind}.cpp CONTENT "")  # untouched by a further configure
  add_library(${target} OBJECT ${CMAKE_BINARY_DIR}/pch/${kind}.cpp)
  target_link_libraries(${target} PRIVATE ${target}_links smmu_vp_warnings)
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
endfunction()

# Without nlohmann/json.hpp: even precompiled it costs every file half a second, and few files use it.
set(SMMU_VP_PLAIN_HEADERS <functional> <map> <memory> <string> <vector> <fmt/format.h>)
set(SMMU_VP_SYSTEMC_HEADERS <systemc> <tlm> <tlm_utils/simple_initiator_socket.h> <tlm_utils/simple_target_socket.h>)
smmu_vp_add_pch(plain HEADERS ${SMMU_VP_PLAIN_HEADERS} LINKS fmt::fmt nlohmann_json::nlohmann_json)
smmu_vp_add_pch(systemc HEADERS ${SMMU_VP_PLAIN_HEADERS} ${SMMU_VP_SYSTEMC_HEADERS}
  LINKS fmt::fmt nlohmann_json::nlohmann_json SystemC::systemc)

# smmu_vp_add_library(NAME SOURCES ... LINKS ... [PCH kind]): a static library of the tree, includes written from the
# top. PCH names the precompiled header it starts from: `systemc` for what stands on SystemC, `plain` for what uses
# fmt and JSON only; without it a library includes what it names and nothing else.
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

# Third-party headers are most of what a compiler reads here; each kind is parsed once.
function(smmu_vp_add_pch kind)
  if(SMMU_VP_FUZZ)
    return()  # clang and its flags for a few files: no precompiled headers
  endif()
  cmake_parse_arguments(ARG "" "" "HEADERS;LINKS" ${ARGN})
  set(target smmu_vp_pch_${kind})
  add_library(${target}_links INTERFACE)
  target_link_libraries(${target}_links INTERFACE ${ARG_LINKS})
  # ccache keeps what was compiled with a precompiled header only when the preprocessor marks it.
  target_compile_options(${target}_links INTERFACE -fpch-preprocess)
  file(WRITE ${CMAKE_BINARY_DIR}/pch/${kind}.cpp "")
  add_library(${target} OBJECT ${CMAKE_BINARY_DIR}/pch/${kind}.cpp)
  target_link_libraries(${target} PRIVATE ${target}_links smmu_vp_warnings)
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
endfunction()

set(SMMU_VP_PLAIN_HEADERS <functional> <map> <memory> <string> <vector> <fmt/format.h> <nlohmann/json.hpp>)
set(SMMU_VP_SYSTEMC_HEADERS <systemc> <tlm> <tlm_utils/simple_initiator_socket.h> <tlm_utils/simple_target_socket.h>)
smmu_vp_add_pch(plain HEADERS ${SMMU_VP_PLAIN_HEADERS} LINKS fmt::fmt nlohmann_json::nlohmann_json)
smmu_vp_add_pch(systemc HEADERS ${SMMU_VP_PLAIN_HEADERS} ${SMMU_VP_SYSTEMC_HEADERS}
  LINKS fmt::fmt nlohmann_json::nlohmann_json SystemC::systemc)
smmu_vp_add_pch(test HEADERS ${SMMU_VP_PLAIN_HEADERS} <doctest/doctest.h>
  LINKS fmt::fmt nlohmann_json::nlohmann_json doctest::doctest)
smmu_vp_add_pch(systemc_test HEADERS ${SMMU_VP_PLAIN_HEADERS} ${SMMU_VP_SYSTEMC_HEADERS} <doctest/doctest.h>
  LINKS fmt::fmt nlohmann_json::nlohmann_json SystemC::systemc doctest::doctest)

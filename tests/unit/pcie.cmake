# RAM, interconnect and the PCIe side.
file(GLOB memory_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/memory_*.cpp)
file(GLOB pcie_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/pcie_*.cpp)
smmu_vp_add_tests(NAME unit_memory LABEL unit SOURCES ${memory_sources} LIBS smmu_vp_memory PCH systemc_test)
# Devices on a link in front of a memory; the benchmarks use it too.
add_library(smmu_vp_pcie_system INTERFACE pcie_bandwidth.h pcie_system.h)
target_link_libraries(smmu_vp_pcie_system INTERFACE smmu_vp_pcie smmu_vp_memory smmu_vp_reference_cache smmu_vp_test_words)
smmu_vp_add_tests(NAME unit_pcie LABEL unit SOURCES ${pcie_sources} LIBS smmu_vp_pcie_system PCH systemc_test)

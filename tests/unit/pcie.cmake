# RAM, interconnect and the PCIe side.
file(GLOB memory_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/memory_*.cpp)
file(GLOB pcie_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/pcie_*.cpp)
smmu_vp_add_tests(NAME unit_memory LABEL unit SOURCES ${memory_sources} LIBS smmu_vp_memory PCH systemc_test)
smmu_vp_add_tests(NAME unit_pcie LABEL unit SOURCES ${pcie_sources} LIBS smmu_vp_pcie smmu_vp_memory smmu_vp_reference_cache PCH systemc_test)

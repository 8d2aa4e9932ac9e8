file(GLOB workload_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/workload_*.cpp)
smmu_vp_add_tests(NAME unit_workload LABEL unit SOURCES ${workload_sources} LIBS smmu_vp_workload)
target_compile_definitions(unit_workload PRIVATE SMMU_VP_WORKLOADS="${PROJECT_SOURCE_DIR}/workloads")

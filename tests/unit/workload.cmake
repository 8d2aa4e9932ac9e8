file(GLOB workload_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/workload_*.cpp)
smmu_vp_add_tests(NAME unit_workload LABEL unit SOURCES ${workload_sources} LIBS smmu_vp_workload)
# The program that the tests record: not instrumented, as valgrind cannot run sanitizers; small, as all of it is recorded.
add_executable(record_program ${CMAKE_CURRENT_LIST_DIR}/record_program.cpp)
target_compile_options(record_program PRIVATE -fno-sanitize=all)
target_link_options(record_program PRIVATE -fno-sanitize=all -static-libstdc++ -static-libgcc)
add_dependencies(unit_workload record_program)
target_compile_definitions(unit_workload PRIVATE SMMU_VP_WORKLOADS="${PROJECT_SOURCE_DIR}/workloads"
  SMMU_VP_WORKLOAD_PROGRAM="$<TARGET_FILE:record_program>")

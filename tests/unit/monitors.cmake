file(GLOB monitor_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/monitors_*.cpp)
smmu_vp_add_tests(NAME unit_monitors LABEL unit SOURCES ${monitor_sources} LIBS smmu_vp_monitors smmu_vp_test_words)

file(GLOB driver_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/driver_*.cpp)
smmu_vp_add_tests(NAME unit_driver LABEL unit SOURCES ${driver_sources} LIBS smmu_vp_driver smmu_vp_test_words Threads::Threads)

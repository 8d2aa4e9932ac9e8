# The C ABI through the shared library, as any program uses it.
file(GLOB capi_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/capi_*.cpp)
smmu_vp_add_tests(NAME unit_capi LABEL unit SOURCES ${capi_sources} ${SMMU_VP_TEST_SUPPORT}/c_abi.h
  LIBS smmu_vp_capi smmu_vp_test_words nlohmann_json::nlohmann_json)

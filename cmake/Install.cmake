# The files that `cmake --install` and `cpack` install: the SMMU's libraries and headers (the TLM-2.0 component), the
# shared library with the C ABI, and the program with its data.
include(CMakePackageConfigHelpers)

set(SMMU_VP_SHARE ${CMAKE_INSTALL_DATADIR}/smmu-vp)
set(SMMU_VP_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/smmu_vp)

set_target_properties(smmu_vp_smmu PROPERTIES EXPORT_NAME smmu)
install(TARGETS smmu_vp_smmu smmu_vp_core smmu_vp_reference_cache smmu_vp_hardware_bugs smmu_vp_spec smmu_vp_trace smmu_vp_transport smmu_vp_capi
  EXPORT smmu_vp-targets)
install(TARGETS smmu-vp)
install(EXPORT smmu_vp-targets NAMESPACE smmu_vp:: DESTINATION ${SMMU_VP_PACKAGE})

foreach(folder spec core trace transport smmu)
  install(DIRECTORY tlm/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/smmu_vp/tlm
    FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()
install(FILES include/smmu_vp.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(cmake/smmu_vp-config.cmake.in ${CMAKE_BINARY_DIR}/smmu_vp-config.cmake
  INSTALL_DESTINATION ${SMMU_VP_PACKAGE})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/smmu_vp-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/smmu_vp-config.cmake ${CMAKE_BINARY_DIR}/smmu_vp-config-version.cmake cmake/SystemC.cmake
  DESTINATION ${SMMU_VP_PACKAGE})
file(RELATIVE_PATH SMMU_VP_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/smmu_vp.pc.in ${CMAKE_BINARY_DIR}/smmu_vp.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/smmu_vp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY workloads waves testbench/api/python examples DESTINATION ${SMMU_VP_SHARE} PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME smmu-vp)
set(CPACK_PACKAGE_VENDOR "smmu-vp")
set(CPACK_PACKAGE_CONTACT "The smmu-vp maintainers <smmu-vp@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Virtual platform of an Arm SMMUv3 doing Shared Virtual Addressing")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# CPack's own scripts always run ldconfig for /, even if the package is installed into another root.
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/postinst ${PROJECT_SOURCE_DIR}/cmake/debian/postrm)
# Needed only to build against the TLM-2.0 component or to run the Python examples.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsystemc-dev, python3")
# Do not build everything first: packages do not contain tests and benchmarks.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(CPack)

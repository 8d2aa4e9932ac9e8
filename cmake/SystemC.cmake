# Provides SystemC::systemc, for this tree and for projects that use its installation.
find_package(SystemCLanguage QUIET)
if(NOT TARGET SystemC::systemc)
  # On some releases Debian's library has no usable CMake package.
  find_path(SYSTEMC_INCLUDE systemc.h REQUIRED)
  find_library(SYSTEMC_LIBRARY systemc REQUIRED)
  add_library(SystemC::systemc UNKNOWN IMPORTED)
  set_target_properties(SystemC::systemc PROPERTIES
    IMPORTED_LOCATION ${SYSTEMC_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${SYSTEMC_INCLUDE})
endif()
# The library is built for C++17; its ABI check symbol must match although we compile C++20.
set_property(TARGET SystemC::systemc APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
  SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
set_property(TARGET SystemC::systemc APPEND PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES
  $<TARGET_PROPERTY:SystemC::systemc,INTERFACE_INCLUDE_DIRECTORIES>)

# Debian packages the platform stands on; everything third-party enters the build here.
find_package(SystemCLanguage QUIET)
if(NOT TARGET SystemC::systemc)
  # Debian ships the library without a usable CMake package on some releases.
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

find_package(Threads REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)  # Verilator stands on it too
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(doctest REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(benchmark REQUIRED)
find_package(verilator REQUIRED HINTS /usr/share/verilator $ENV{VERILATOR_ROOT})

# Objects are kept across builds and checkouts. Precompiled headers need the leave that CCACHE_SLOPPINESS gives.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

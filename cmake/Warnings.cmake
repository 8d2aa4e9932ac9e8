# Warnings are errors in the project's own code; generated and third-party headers are SYSTEM includes.
add_library(smmu_vp_warnings INTERFACE)
# GCC 12 reports false overlaps and overruns in std::string's operator+ (GCC bugs 105651 and 105329), because a
# precompiled header loses the marking of system headers.
target_compile_options(smmu_vp_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
# With sanitizers GCC loses track of values and warns falsely, as its manual says; the release build has judged the same code.
if(CMAKE_CXX_FLAGS MATCHES fsanitize)
  target_compile_options(smmu_vp_warnings INTERFACE -Wno-error)
endif()

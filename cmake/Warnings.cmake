# Warnings are errors for everything written here; generated and third-party code is a SYSTEM include instead.
add_library(smmu_vp_warnings INTERFACE)
# GCC 12 sees overlaps and overruns in std::string's operator+ where there are none (GCC bugs 105651 and 105329), in
# headers that a precompiled header no longer marks as the system's.
target_compile_options(smmu_vp_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)

# Warnings are errors for everything written here; generated and third-party code is a SYSTEM include instead.
add_library(smmu_vp_warnings INTERFACE)
target_compile_options(smmu_vp_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

// Checks before recording whether valgrind can run a command.
#pragma once

#include <string>

namespace smmu_vp::tb {

// Throws WorkloadError if the program does not exist, is not executable, or runs with privileges other than
// its caller's, which valgrind cannot grant.
void check_command(const std::string& command);

}  // namespace smmu_vp::tb

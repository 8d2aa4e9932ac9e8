// Searches PATH as a shell does and checks what valgrind would refuse to run.
#include "testbench/runs/workload/command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "testbench/runs/workload/workload.h"

namespace smmu_vp::tb {

namespace {

bool is_program(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string find(const std::string& command) {
  if (command.find('/') != std::string::npos) return command;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = (folder.empty() ? "." : folder) + "/" + command;
    if (is_program(candidate)) return candidate;
  }
  throw WorkloadError(fmt::format("{}: there is no such program in PATH", command));
}

}  // namespace

void check_command(const std::string& command) {
  const std::string path = find(command);
  struct stat file {};
  if (stat(path.c_str(), &file) != 0)
    throw WorkloadError(fmt::format("{}: cannot be run: {}", path, std::strerror(errno)));
  if (S_ISDIR(file.st_mode)) throw WorkloadError(fmt::format("{}: cannot be run: is a directory", path));
  if (!is_program(path)) throw WorkloadError(fmt::format("{}: cannot be run: is no executable file", path));
  const bool more_rights = (file.st_mode & (S_ISUID | S_ISGID)) != 0 ||
                           getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  if (more_rights) {
    throw WorkloadError(
        fmt::format("{}: cannot be recorded: it is set-user-ID, set-group-ID or has capabilities, which "
                    "valgrind cannot give it; record a copy without them",
                    path));
  }
}

}  // namespace smmu_vp::tb

// posix_spawn and waitpid.
#include "testbench/runs/children/child_runs.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace smmu_vp::tb {

namespace {
constexpr const char* kThisProgram = "/proc/self/exe";
}

ChildRuns::~ChildRuns() {
  for (const auto& [pid, id] : ids_) kill(pid, SIGTERM);
  for (const auto& [pid, id] : ids_) waitpid(pid, nullptr, 0);
}

void ChildRuns::start(std::size_t id, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = launcher_;
  words.push_back(launcher_.empty() ? "smmu-vp" : std::filesystem::read_symlink(kThisProgram).string());
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const char* const program = launcher_.empty() ? kThisProgram : launcher_.front().c_str();
  const int error = posix_spawnp(&pid, program, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start a run");
  ids_[pid] = id;
}

std::optional<ChildRuns::Ended> ChildRuns::wait() {
  int status = 0;
  const pid_t pid = waitpid(-1, &status, 0);
  if (pid < 0 && errno == EINTR) return std::nullopt;
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "cannot wait for a run");
  const std::size_t id = ids_.at(pid);
  ids_.erase(pid);
  return Ended{id, status};
}

}  // namespace smmu_vp::tb

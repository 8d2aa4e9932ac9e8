// fork and exec by hand, because the trace's pipe must reach valgrind and nothing else may.
#include "testbench/workload/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "testbench/workload/memory_map.h"

namespace smmu_vp::tb {

namespace {

// The program cannot run ahead of its trace by more than this, so the memory map read on meeting an address
// is nearly that of the access.
constexpr int kPipeBytes = 4096;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw WorkloadError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  return ends;
}

}  // namespace

TracedChild::TracedChild(const std::vector<std::string>& command) {
  const std::array<int, 2> trace = make_pipe(), failure = make_pipe();
  fcntl(trace[0], F_SETPIPE_SZ, kPipeBytes);  // a larger pipe works, less precisely

  std::vector<std::string> words = {"valgrind",
                                    "--quiet",
                                    "--tool=lackey",
                                    "--trace-mem=yes",
                                    "--basic-counts=no",
                                    "--vgdb=no",
                                    "--trace-children=no",
                                    "--child-silent-after-fork=yes",
                                    fmt::format("--log-fd={}", trace[1]),
                                    "--"};
  words.insert(words.end(), command.begin(), command.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_ = fork();
  if (pid_ == 0) {
    fcntl(trace[1], F_SETFD, 0);
    execvp(argv[0], argv.data());
    const int error = errno;
    [[maybe_unused]] const auto written = write(failure[1], &error, sizeof error);
    _exit(127);
  }
  const int fork_error = errno;
  close(trace[1]);
  close(failure[1]);
  int error = 0;
  const bool failed = pid_ > 0 && read(failure[0], &error, sizeof error) == sizeof error;
  close(failure[0]);
  if (pid_ > 0 && !failed) {
    trace_ = fdopen(trace[0], "r");
    return;
  }
  close(trace[0]);
  if (pid_ < 0) throw WorkloadError(fmt::format("cannot start a process: {}", std::strerror(fork_error)));
  waitpid(pid_, nullptr, 0);
  throw WorkloadError(
      fmt::format("valgrind cannot be started (is the package installed?): {}", std::strerror(error)));
}

TracedChild::~TracedChild() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (trace_ != nullptr) std::fclose(trace_);
  std::free(line_);
}

bool TracedChild::next_line(std::string_view& line) {
  const ssize_t length = getline(&line_, &capacity_, trace_);
  if (length < 0) return false;
  line = {line_, static_cast<std::size_t>(length)};
  if (line.ends_with('\n')) line.remove_suffix(1);
  return true;
}

std::vector<Vma> TracedChild::memory_map() const {
  std::vector<Vma> areas;
  std::ifstream maps(fmt::format("/proc/{}/maps", pid_));
  for (std::string line; std::getline(maps, line);) {
    if (const auto vma = parse_maps_line(line)) areas.push_back(*vma);
  }
  return areas;
}

int TracedChild::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace smmu_vp::tb

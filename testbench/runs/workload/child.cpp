// Uses fork and exec directly, because valgrind must inherit the trace pipe and no other process may.
#include "testbench/runs/workload/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <utility>

#include "testbench/runs/workload/command.h"
#include "testbench/runs/workload/listing.h"

namespace smmu_vp::tb {

namespace {

// The program can be ahead of its trace by at most this much, so the memory map that is read for an unknown
// address is nearly that at the time of the access.
constexpr int kPipeBytes = 4096;
constexpr int kPollMs = 200;  // how often to check whether a silent program has ended

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw WorkloadError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  return ends;
}

}  // namespace

TracedChild::TracedChild(const std::vector<std::string>& command) {
  check_command(command.at(0));
  const std::array<int, 2> trace = make_pipe(), failure = make_pipe();
  fcntl(trace[0], F_SETPIPE_SZ,
        kPipeBytes);  // if this fails the pipe is larger and the memory map less precise

  std::vector<std::string> words = {"valgrind",
                                    "--quiet",
                                    "--tool=lackey",
                                    "--trace-mem=yes",
                                    "--basic-counts=no",
                                    "--trace-syscalls=yes",
                                    "--vgdb=no",
                                    "--trace-children=no",
                                    "--child-silent-after-fork=yes",
                                    fmt::format("--log-fd={}", trace[1]),
                                    "--"};
  words.insert(words.end(), command.begin(), command.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
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
    trace_ = trace[0];
    return;
  }
  close(trace[0]);
  if (pid_ < 0) throw WorkloadError(fmt::format("cannot start a process: {}", std::strerror(fork_error)));
  waitpid(pid_, nullptr, 0);
  throw WorkloadError(
      fmt::format("valgrind cannot be started (is the package installed?): {}", std::strerror(error)));
}

TracedChild::~TracedChild() {
  if (pid_ > 0 && !ended()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (trace_ >= 0) close(trace_);
}

bool TracedChild::next_line(std::string_view& line) {
  for (std::size_t searched = taken_;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line = std::string_view(buffer_).substr(taken_, end - taken_);
      taken_ = end + 1;
      return true;
    }
    searched = buffer_.size() - taken_;
    buffer_.erase(0, std::exchange(taken_, 0));
    if (fill()) continue;
    line = buffer_;  // an exec ends the trace in the middle of a line
    taken_ = buffer_.size();
    return !line.empty();
  }
}

// A child of the program may keep the pipe open, so the end of the program itself ends the trace.
bool TracedChild::fill() {
  pollfd readable{trace_, POLLIN, 0};
  for (bool over = false;;) {
    const int ready = poll(&readable, 1, over ? 0 : kPollMs);
    if (ready < 0) {  // a signal to the recorder, whose handler expects the wait to end
      buffer_.clear();
      return false;
    }
    if (ready > 0) {
      std::array<char, kPipeBytes> piece;
      const ssize_t bytes = read(trace_, piece.data(), piece.size());
      if (bytes <= 0) return false;
      buffer_.append(piece.data(), static_cast<std::size_t>(bytes));
      return true;
    }
    if (over) return false;
    over = ended();
  }
}

bool TracedChild::ended() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_.has_value();
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
  while (!status_) {
    if (waitpid(pid_, &status, 0) == pid_) status_ = status;
  }
  return *status_;
}

}  // namespace smmu_vp::tb

// Files that are being written when the process ends.
#include <doctest/doctest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "testbench/observe/output/output_file.h"

using namespace smmu_vp::tb;

namespace {

// The file that the interrupted loop writes.
OutputFile* being_written = nullptr;

// As at process exit: another thread completes the outputs, and what was interrupted never goes on.
void complete_and_leave(int) {
  std::thread([] { being_written->close(); }).join();
  ::_exit(0);
}

[[noreturn]] void write_until_interrupted(const std::string& path, long after_us) {
  OutputFile file(path);
  being_written = &file;
  std::signal(SIGALRM, complete_and_leave);
  const itimerval once{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = after_us}};
  char line[32];  // no allocation is interrupted
  for (unsigned long n = 0;; ++n) {
    const int length = std::snprintf(line, sizeof line, "line %lu\n", n);
    file.write({line, static_cast<std::size_t>(length)});
    if (n == 0) ::setitimer(ITIMER_REAL, &once, nullptr);
  }
}

}  // namespace

TEST_CASE("a file that is completed in the middle of a write holds whole lines, each once") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("smmu_vp_output_" + std::to_string(::getpid()))).string();
  for (long n = 0; n < 100; ++n) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) write_until_interrupted(path, 500 + 37 * n);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    CAPTURE(n);
    std::ifstream file(path);
    std::string line;
    unsigned long next = 0;
    for (; std::getline(file, line); ++next) REQUIRE(line == "line " + std::to_string(next));
    REQUIRE(next != 0);
  }
  std::filesystem::remove(path);
}

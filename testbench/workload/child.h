// The program being recorded, under valgrind, with its trace on a pipe.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

#include "testbench/workload/workload.h"

namespace smmu_vp::tb {

class TracedChild {
 public:
  // Throws WorkloadError when valgrind cannot be started.
  explicit TracedChild(const std::vector<std::string>& command);
  // Kills a program that still runs: recording failed.
  ~TracedChild();
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;

  // The next line of the trace, without its newline; false when the program has ended. A line is valid until
  // the next.
  bool next_line(std::string_view& line);
  // What is mapped in the process now.
  std::vector<Vma> memory_map() const;
  // Waits for the end; the exit status as a shell gives it.
  int wait();

 private:
  pid_t pid_ = -1;
  std::FILE* trace_ = nullptr;
  char* line_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace smmu_vp::tb

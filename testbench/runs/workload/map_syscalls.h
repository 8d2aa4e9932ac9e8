// Derives the changes of a program's memory map from its system calls.
#pragma once

#include <functional>
#include <map>

#include "testbench/runs/workload/memory_map.h"
#include "testbench/runs/workload/trace.h"

namespace smmu_vp::tb {

class MapSyscalls {
 public:
  // `name_of_file(va)`: the name of the file mapped at va.
  using NameOfFile = std::function<std::string(u64 va)>;
  explicit MapSyscalls(NameOfFile name_of_file) : name_of_file_(std::move(name_of_file)) {}

  // The events that update `map` for the call, to be applied in this order.
  std::vector<MapEvent> events_of(const trace_text::Syscall& call, const MemoryMap& map);
  // The largest refused request of address space, if it was a gigabyte or more; else 0.
  u64 refused_bytes() const { return refused_bytes_; }

 private:
  std::vector<MapEvent> mapped(const trace_text::Syscall& call, const MemoryMap& map);
  std::vector<MapEvent> moved(const trace_text::Syscall& call, const MemoryMap& map);
  std::vector<MapEvent> break_moved(u64 end, const MemoryMap& map);
  void refused(const trace_text::Syscall& call);

  NameOfFile name_of_file_;
  struct Unfinished {
    std::string name;
    std::vector<u64> args;
  };
  std::map<u64, Unfinished> unfinished_;  // by thread
  std::optional<u64> break_;
  u64 refused_bytes_ = 0;
};

}  // namespace smmu_vp::tb

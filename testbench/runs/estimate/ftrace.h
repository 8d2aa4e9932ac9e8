// Mappings and unmappings in a Linux trace, as trace-cmd report, perf script or ftrace's own file print it. See
// docs/estimate.md for the events.
#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class TracedKind : u8 {
  kMap,    // iommu:map, or an mmap system call
  kUnmap,  // iommu:unmap, or a munmap system call
  kFlush,  // tlb_flush: the CPUs' own TLBs, for the statistics
  kExit,   // exit_group
};

struct TracedOperation {
  u64 t_ns;
  u32 thread;  // which did it
  TracedKind kind;
  u64 address = 0, bytes = 0;  // of kMap and kUnmap; of kFlush `bytes` is a number of pages, ~0 for all
};

struct FtraceText {
  std::vector<TracedOperation> operations;  // in order of time
  u64 lines = 0, other_events = 0;          // without comments; lines of events that do not matter here
  struct Malformed {
    u64 line;  // counted from 1
    std::string why;
  };
  u64 malformed = 0;
  std::vector<Malformed> first_malformed;  // at most kNamed

  static constexpr std::size_t kNamed = 5;
};

FtraceText read_ftrace(std::istream& in);

}  // namespace smmu_vp::tb

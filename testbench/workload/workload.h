// A workload: what a real program's memory looked like and which loads and stores it made, in order.
// File format: docs/workloads.md.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// One line naming the file, the offset and the reason. The user's fault: exit status 2.
class WorkloadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A virtual memory area; rights are the union over the run (a page written once, later protected, is
// writable).
struct Vma {
  u64 start = 0, end = 0;  // page-aligned, end exclusive
  bool read = false, write = false, execute = false;
  std::string name;  // of the mapped file, "[heap]", "[stack]", or empty
  friend bool operator==(const Vma&, const Vma&) = default;
};

struct Access {
  u64 va = 0;
  u32 bytes = 0;
  bool write = false;
  friend bool operator==(const Access&, const Access&) = default;
};

// What a file says before its accesses.
struct WorkloadInfo {
  std::string command;    // as it was recorded
  std::vector<Vma> vmas;  // sorted, disjoint
};

inline constexpr u64 kWorkloadPage = 4096;
inline constexpr u32 kMaxAccessBytes = 4096;

// The VMA that holds the access whole, or null.
const Vma* find_vma(const std::vector<Vma>& vmas, u64 va, u64 bytes);

// The highest page-aligned gap of `bytes` below the VMAs' end of a 47-bit space: room for buffers of the
// replayer.
u64 unused_range(const std::vector<Vma>& vmas, u64 bytes);

}  // namespace smmu_vp::tb

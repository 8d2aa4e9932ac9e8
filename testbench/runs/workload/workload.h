// A workload: a real program's memory map, its loads and stores, and the changes of the memory map between
// them, in order. The file format is described in docs/workloads.md.
#pragma once

#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// One line with the file, the offset and the reason. A user error: exit status 2.
class WorkloadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The page size of the recorded machine, independent of the replaying one's.
inline constexpr u64 kWorkloadPage = 4096;
inline constexpr u32 kMaxAccessBytes = 4096;
inline constexpr u64 kDefaultReplay = 4000;  // accesses that a run replays by default
// Recorded programs use only addresses below, as on x86-64. A replay may use all addresses from here up.
inline constexpr u64 kWorkloadEnd = u64{1} << 47;

struct Rights {
  bool read = false, write = false, execute = false;
  friend bool operator==(const Rights&, const Rights&) = default;
  friend Rights operator|(const Rights& a, const Rights& b) {
    return {a.read || b.read, a.write || b.write, a.execute || b.execute};
  }
  bool includes(const Rights& other) const { return (*this | other) == *this; }
};

// A virtual memory area.
struct Vma {
  u64 start = 0, end = 0;  // page-aligned, end exclusive
  Rights rights;
  std::string name;  // the mapped file, "[heap]", "[stack]", or empty
  friend bool operator==(const Vma&, const Vma&) = default;
};

struct Access {
  u64 va = 0;
  u32 bytes = 0;
  bool write = false;
  friend bool operator==(const Access&, const Access&) = default;
};

// A change of the memory map. kMap uses all of `area`, kProtect its range and rights, kUnmap only its range.
struct MapEvent {
  enum class Kind : u8 { kMap = 1, kUnmap, kProtect };
  Kind kind = Kind::kMap;
  Vma area;
  friend bool operator==(const MapEvent&, const MapEvent&) = default;
};

using Step = std::variant<Access, MapEvent>;

// The information in a file before its accesses.
struct WorkloadInfo {
  std::string command;    // the recorded command
  u64 made = 0;           // loads and stores that the program made
  u64 kept = 0;           // loads and stores in the file
  std::vector<Vma> vmas;  // at the first access; sorted, disjoint
};

}  // namespace smmu_vp::tb

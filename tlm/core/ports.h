// Ports to the system around the SMMU's untimed logic. A port may block and take simulated time; in a unit
// test it answers from a map. Code in tlm/core therefore reads like the manual's pseudocode.
#pragma once

#include <cstddef>

#include "tlm/spec/memory_type.h"

namespace smmu_vp::core {

enum class Swap : u8 { kDone, kChanged, kAborted };

struct Exchange {
  u64 expected, desired;
};

// Accesses to the physical address space. `false` means the system aborted the access (external abort);
// `data` is then unspecified. Accesses of 8 bytes at 8-byte alignment are single-copy atomic. `type` goes out with the
// access, which is always Data and Privileged (13.1.2).
class MemoryPort {
 public:
  virtual ~MemoryPort() = default;
  virtual bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType type) = 0;
  virtual bool write(u64 pa, const void* data, std::size_t bytes, spec::MemoryType type) = 0;
  // The eight aligned bytes at `pa` become `word.desired` if they are `word.expected`, as one indivisible access.
  virtual Swap compare_and_swap(u64 pa, const Exchange& word, spec::MemoryType type) = 0;
};

}  // namespace smmu_vp::core

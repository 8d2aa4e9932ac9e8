// RAM as the SMMU would read it, without an access: nothing blocks, counts or changes.
#pragma once

#include <cstring>

#include "tlm/core/ports.h"
#include "tlm/memory/ram.h"

namespace smmu_vp::tb {

class StillMemory final : public core::MemoryPort {
 public:
  explicit StillMemory(const memory::Ram& ram) : ram_(ram) {}

  bool read(u64 pa, void* data, std::size_t bytes) override {
    const u8* place = ram_.host_pointer(pa, bytes);
    if (place == nullptr) return false;
    std::memcpy(data, place, bytes);
    return true;
  }
  bool write(u64, const void*, std::size_t) override { return false; }
  // An update of a descriptor that the SMMU would make here, and that looking on does not.
  core::Swap compare_and_swap(u64, u64, u64) override { return core::Swap::kDone; }

 private:
  const memory::Ram& ram_;
};

}  // namespace smmu_vp::tb

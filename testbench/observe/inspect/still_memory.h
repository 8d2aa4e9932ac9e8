// Memory as the SMMU would read it, without performing an access: nothing blocks, counts or changes. Updates
// that the SMMU would make to descriptors are kept here, and seen by later reads.
#pragma once

#include <cstring>
#include <functional>
#include <map>

#include "tlm/core/ports.h"
#include "tlm/memory/ram.h"

namespace smmu_vp::tb {

class StillMemory final : public core::MemoryPort {
 public:
  // Copies the contents of memory; false where an access would abort.
  using Look = std::function<bool(u64 pa, void* data, std::size_t bytes)>;
  explicit StillMemory(Look look) : look_(std::move(look)) {}

  bool read(u64 pa, void* data, std::size_t bytes, spec::MemoryType /*type*/) override {
    if (!look_(pa, data, bytes)) return false;
    for (auto word = updated_.lower_bound(pa); word != updated_.end() && word->first < pa + bytes; ++word)
      std::memcpy(static_cast<char*>(data) + (word->first - pa), &word->second, sizeof word->second);
    return true;
  }
  bool write(u64, const void*, std::size_t, spec::MemoryType) override { return false; }
  core::Swap compare_and_swap(u64 pa, const core::Exchange& word, spec::MemoryType type) override {
    u64 found = 0;
    if (!read(pa, &found, sizeof found, type)) return core::Swap::kAborted;
    if (found != word.expected) return core::Swap::kChanged;
    updated_[pa] = word.desired;
    return core::Swap::kDone;
  }

 private:
  Look look_;
  std::map<u64, u64> updated_;  // descriptors, by address
};

inline StillMemory::Look look_at(const memory::Ram& ram) {
  return [&ram](u64 pa, void* data, std::size_t bytes) {
    const u8* place = ram.host_pointer({pa, bytes});
    if (place == nullptr) return false;
    std::memcpy(data, place, bytes);
    return true;
  };
}

}  // namespace smmu_vp::tb

// A machine's RAM as its monitors read it; monitors are created before the RAM is.
#pragma once

#include <cstring>

#include "testbench/observe/monitors/memory_view.h"
#include "tlm/memory/ram.h"

namespace smmu_vp::tb {

class RamView final : public MemoryView {
 public:
  void look_at(const memory::Ram& ram) { ram_ = &ram; }
  std::optional<u64> word(u64 pa) const override {
    u64 value = 0;
    return words(pa, {&value, 1}) ? std::optional(value) : std::nullopt;
  }
  bool words(u64 pa, std::span<u64> out) const override {
    const u8* const at = ram_ == nullptr ? nullptr : ram_->host_pointer({pa, out.size_bytes()});
    if (at == nullptr) return false;
    std::memcpy(out.data(), at, out.size_bytes());
    return true;
  }

 private:
  const memory::Ram* ram_ = nullptr;
};

}  // namespace smmu_vp::tb

// MSI-X: the vector table and pending bits behind the BAR, and the memory write that is the interrupt
// (PCIe 6.1.4).
#pragma once

#include <array>
#include <functional>
#include <utility>

#include "tlm/pcie/config_space.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::pcie {

class Msix {
 public:
  // `send(address, data)` performs the write and may block.
  Msix(const ConfigSpace& config, std::function<void(u64 address, u32 data)> send)
      : config_(config), send_(std::move(send)) {
    reset();
  }

  static bool contains(u64 offset) {
    return offset >= spec::accel::kMsixTableOffset && offset < spec::accel::kBarSize;
  }
  bool read(u64 offset, void* data, unsigned bytes) const;
  bool write(u64 offset, const void* data, unsigned bytes);

  void raise(unsigned vector);
  // Sends pending interrupts that are no longer masked. Call after the table or MSI-X Control has changed.
  void send_pending();
  void reset();

 private:
  static constexpr unsigned kWords = 4;  // 32-bit words in an entry
  u32 word(u64 offset) const;
  bool deliverable(unsigned vector) const;

  const ConfigSpace& config_;
  std::function<void(u64, u32)> send_;
  std::array<u32, spec::accel::kMsixVectors * kWords> table_{};
  u32 pending_ = 0;
};

}  // namespace smmu_vp::pcie

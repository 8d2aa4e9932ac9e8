// The system bus in the machine: each device on it has a register window, an interrupt line and a TBU.
#pragma once

#include <vector>

#include "testbench/machine/platform/device_bus.h"

namespace smmu_vp::tb {

class SystemBus : public DeviceBus {
 public:
  explicit SystemBus(const Config& config);

  unsigned tbus() const override { return static_cast<unsigned>(stream_ids_.size()); }
  void build(const Surroundings&, unsigned first_tbu) override { first_tbu_ = first_tbu; }
  Attached attach(const Surroundings& machine, std::size_t index, const device::CoreKind& core) override;
  std::optional<unsigned> tbu_of(u32 stream_id) const override;
  bool idle() const override { return true; }
  void visit_counters(const device::CounterVisitor&) const override {}

 private:
  std::vector<u32> stream_ids_;  // of its devices; a position determines window, line and TBU
  unsigned first_tbu_ = 0;
};

}  // namespace smmu_vp::tb

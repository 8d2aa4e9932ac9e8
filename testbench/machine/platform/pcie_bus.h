// PCIe in the machine: the host bridge, and for each bus with endpoints a root port with its own TBU.
#pragma once

#include <memory>
#include <vector>

#include "testbench/machine/platform/device_bus.h"
#include "tlm/pcie/endpoint.h"
#include "tlm/pcie/host_bridge.h"

namespace smmu_vp::tb {

class PcieBus : public DeviceBus {
 public:
  explicit PcieBus(const Config& config);

  unsigned tbus() const override { return static_cast<unsigned>(buses_.size()); }
  void build(const Surroundings& machine, unsigned first_tbu) override;
  Attached attach(const Surroundings& machine, std::size_t index, const device::CoreKind& core) override;
  std::optional<unsigned> tbu_of(u32 stream_id) const override;
  bool idle() const override;
  void visit_counters(const device::CounterVisitor& visit) const override;

 private:
  std::vector<u8> buses_;  // behind the root ports, in the order of their endpoints
  std::unique_ptr<pcie::HostBridge> bridge_;
  std::vector<std::unique_ptr<pcie::RootPort>> ports_;
};

}  // namespace smmu_vp::tb

// PCIe in the machine: the host bridge, for each bus with endpoints a root port with its own TBU, and one TBU for the
// functions integrated into the root complex.
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

  unsigned tbus() const override { return static_cast<unsigned>(links_.size()); }
  void build(const Surroundings& machine, unsigned first_tbu) override;
  Attached attach(const Surroundings& machine, std::size_t index, const device::CoreKind& core) override;
  std::optional<unsigned> tbu_of(u32 stream_id) const override;
  bool idle() const override;
  void visit_counters(const device::CounterVisitor& visit) const override;

 private:
  struct Link {
    u8 bus;           // behind the root port; 0: the integrated functions'
    unsigned device;  // the root port's, on bus 0
    u16 requester_id() const { return static_cast<u16>(spec::pcie::bdf::Device.set(0, device)); }
  };
  std::vector<Link> links_;  // in the order of their endpoints
  std::unique_ptr<pcie::HostBridge> bridge_;
  std::vector<std::unique_ptr<pcie::RootPort>> ports_;  // one for each link
};

}  // namespace smmu_vp::tb

// A PCIe link: two wires on which every packet takes time, the credits that each end advertises, and the
// order of upstream posted traffic.
#pragma once

#include "tlm/pcie/credits.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/posted_order.h"
#include "tlm/pcie/tlp.h"
#include "tlm/transport/wire.h"

namespace smmu_vp::pcie {

// One direction: up towards memory, or down towards the endpoint.
struct Direction {
  Direction(const std::string& name, const LinkConfig& config, transport::Timing& timing);

  transport::Wire wire;
  Credits posted, non_posted;
};

class Link {
 public:
  Link(const LinkConfig& config, transport::Timing& timing)
      : up("up", config, timing), down("down", config, timing), config_(config) {}

  Direction up, down;
  PostedOrder posted_order;  // upstream

  const LinkConfig& config() const { return config_; }
  void visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const;

 private:
  LinkConfig config_;
};

}  // namespace smmu_vp::pcie

// A PCIe link: two wires that take time for every packet, and the order of posted traffic going upstream.
#pragma once

#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/posted_order.h"
#include "tlm/pcie/tlp.h"
#include "tlm/transport/wire.h"

namespace smmu_vp::pcie {

class Link {
 public:
  Link(const LinkConfig& config, transport::Timing& timing)
      : up(timing, ps_per_byte(config), config.latency_ns * 1000),
        down(timing, ps_per_byte(config), config.latency_ns * 1000),
        config_(config) {}

  transport::Wire up, down;  // towards memory, towards the endpoint
  PostedOrder posted;        // upstream

  const LinkConfig& config() const { return config_; }

 private:
  static double ps_per_byte(const LinkConfig& config) {
    return 8000.0 / usable_gbps(config.generation, config.lanes);
  }
  LinkConfig config_;
};

}  // namespace smmu_vp::pcie

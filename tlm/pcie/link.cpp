// The rates and credits of a link's two directions, from its configuration.
#include "tlm/pcie/link.h"

namespace smmu_vp::pcie {

namespace {

constexpr u64 kPsPerNs = 1000;

double ps_per_byte(const LinkConfig& config) {
  return 8000.0 / usable_gbps(config.generation, config.lanes);
}

u64 credit_return_ps(const LinkConfig& config, const transport::Timing& timing) {
  return timing.mode() == transport::TimingMode::kUntimed ? 0 : config.latency_ns * kPsPerNs;
}

}  // namespace

Direction::Direction(const std::string& name, const LinkConfig& config, transport::Timing& timing)
    : wire(timing, ps_per_byte(config), config.latency_ns * kPsPerNs),
      posted((name + "_posted").c_str(), {config.posted_headers, config.posted_data},
             credit_return_ps(config, timing)),
      non_posted((name + "_non_posted").c_str(), {config.non_posted_headers, 0},
                 credit_return_ps(config, timing)) {}

void Link::visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const {
  up.posted.visit_counters(prefix + ".up.posted", visit);
  up.non_posted.visit_counters(prefix + ".up.non_posted", visit);
  down.posted.visit_counters(prefix + ".down.posted", visit);
  down.non_posted.visit_counters(prefix + ".down.non_posted", visit);
}

}  // namespace smmu_vp::pcie

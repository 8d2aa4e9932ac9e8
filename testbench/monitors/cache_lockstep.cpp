// cache_lockstep. The rule: the lockstep cache announces a difference between RTL and reference, or a
// failed RTL assertion, never.
#include <fmt/format.h>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class CacheLockstep final : public Monitor {
 public:
  CacheLockstep(trace::Bus& bus, const MonitorInfo& info) : Monitor(bus, info) {
    bus.on<trace::CacheLookup>([this](const trace::CacheLookup&, u64) { judge(); });
    bus.on<trace::CacheMismatch>([this](const trace::CacheMismatch& f, u64 t_ps) {
      report(t_ps, fmt::format("{}: {}", f.site, f.what));
    });
  }
};

}  // namespace

std::unique_ptr<Monitor> make_cache_lockstep(trace::Bus& bus, const MonitorInfo& info, const SharedShadows&) {
  return std::make_unique<CacheLockstep>(bus, info);
}

}  // namespace smmu_vp::tb

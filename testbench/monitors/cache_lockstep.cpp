// cache_lockstep. The rule: the lockstep cache announces a difference between RTL and reference, or a
// failed RTL assertion, never. The same run again with the window that is named has the waves round it.
#include <fmt/format.h>

#include <algorithm>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kWindowNs = 500;  // before and after

class CacheLockstep final : public Monitor {
 public:
  CacheLockstep(trace::Bus& bus, const MonitorInfo& info) : Monitor(bus, info) {
    bus.on<trace::CacheLookup>([this](const trace::CacheLookup&, u64) { judge(); });
    bus.on<trace::CacheMismatch>([this](const trace::CacheMismatch& f, u64 t_ps) {
      const u64 ns = t_ps / 1000;
      report(t_ps, fmt::format("{}: {}; waves: --wave-window {}ns:{}ns", f.site, f.what,
                               ns - std::min(ns, kWindowNs), ns + kWindowNs));
    });
  }
};

}  // namespace

std::unique_ptr<Monitor> make_cache_lockstep(trace::Bus& bus, const MonitorInfo& info, const SharedShadows&) {
  return std::make_unique<CacheLockstep>(bus, info);
}

}  // namespace smmu_vp::tb

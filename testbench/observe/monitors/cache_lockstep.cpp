// cache_lockstep. The lockstep cache never announces a difference between RTL and reference, or a failed RTL
// assertion. Each compared answer counts as a check: none if only the RTL or only the reference is used, and
// none after the first difference.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "cache_lockstep",
    .description = "RTL and reference caches agree",
    .rule = "No lockstep comparison differs and no RTL assertion fails.",
    .section = "docs/rtl_cache.md",
    .witness = Witness::kMachine,
    .facts = "cache.*",
    .finds = "the RTL, or its reference",
};

class CacheLockstep final : public Monitor {
 public:
  CacheLockstep(trace::Bus& bus, const SharedShadows&) : Monitor(bus, kInfo) {
    count<trace::CacheLookup>(bus);
    count<trace::CacheFill>(bus);
    count<trace::CacheInvalidate>(bus);
    bus.on<trace::CacheMismatch>([this](const trace::CacheMismatch& f, u64 t_ps) {
      judge();
      report(t_ps, fmt::format("{}: {}", f.site, f.what));
    });
  }

 private:
  template <typename Fact>
  void count(trace::Bus& bus) {
    bus.on<Fact>([this](const Fact& f, u64) {
      if (f.compared) judge();
    });
  }
};

}  // namespace

MonitorEntry monitors::cache_lockstep() {
  return entry_of<CacheLockstep>(kInfo);
}

}  // namespace smmu_vp::tb

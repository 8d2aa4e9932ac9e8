// cache_lockstep. No cache announces a difference between RTL and reference, an answer that its contract forbids, or a
// failed RTL assertion. Each judged answer counts as a check: in lockstep until the first difference, and with the RTL
// alone, which the contract judges; none if only the reference is used.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "cache_lockstep",
    .description = "RTL and reference caches agree; the RTL alone keeps its contract",
    .rule =
        "No lockstep comparison differs, no answer of the RTL breaks the contract, and no RTL assertion "
        "fails.",
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

// Runs the RTL and the reference in lockstep: returns the RTL's answers and announces the first difference.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "testbench/machine/rtl_adapter/cache_contents.h"
#include "testbench/machine/rtl_adapter/lockstep_checker.h"
#include "testbench/machine/rtl_adapter/rtl_cache.h"

namespace smmu_vp::tb {

class LockstepCache final : public RtlCache, public CacheContents {
 public:
  LockstepCache(sc_core::sc_module_name name, std::unique_ptr<CacheModel> rtl, core::ReferenceCache reference,
                u64 clock_ps, transport::Timing& timing, const trace::Bus& bus)
      : RtlCache(name, std::move(rtl), clock_ps, timing, bus), checker_(model(), std::move(reference)) {
    listen(checker_);
    checker_.on_difference = [this](const std::string& what) {
      facts().mismatch(what);
      if (on_difference) on_difference(what);
    };
  }

  // Called with the first difference, in addition to the fact on the bus.
  std::function<void(std::string)> on_difference;

  u64 compared() const { return checker_.compared(); }
  const core::ReferenceCache& reference() const override { return checker_.reference(); }

 private:
  bool judges() const override { return !checker_.diverged(); }

  LockstepChecker checker_;
};

}  // namespace smmu_vp::tb

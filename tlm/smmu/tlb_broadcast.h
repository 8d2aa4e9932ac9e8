// Sends an invalidation to every TBU's TLB at once. In timed mode the TLBs work in parallel, so the cost is
// that of the slowest, not the sum.
#pragma once

#include <deque>
#include <vector>

#include "tlm/core/translation_cache.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::smmu {

class TlbBroadcast {
 public:
  TlbBroadcast(const transport::Timing& timing, std::vector<core::TranslationCachePort*> tlbs);

  // Blocks until it has taken effect in every TLB. Only one call may be active at a time.
  core::InvalidateResult invalidate(const core::Invalidation& what);

 private:
  // Serves one TLB in a thread of its own.
  struct Worker {
    explicit Worker(core::TranslationCachePort& served) : tlb(served) {}
    core::TranslationCachePort& tlb;
    const core::Invalidation* job = nullptr;
    core::InvalidateResult result;
    sc_core::sc_event start;
  };
  void run(Worker& worker);
  bool working() const;

  std::vector<core::TranslationCachePort*> tlbs_;
  std::deque<Worker> workers_;  // for all TLBs but the first, which the caller's thread serves
  sc_core::sc_event finished_;
};

}  // namespace smmu_vp::smmu

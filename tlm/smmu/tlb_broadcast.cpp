// Workers exist in timed mode only. Otherwise visiting the TLBs in turn is
// equivalent and needs no thread switch.
#include "tlm/smmu/tlb_broadcast.h"

#include <algorithm>

namespace smmu_vp::smmu {

namespace {

void add(core::InvalidateResult& total, const core::InvalidateResult& one) {
  total.entries += one.entries;
  total.mshrs_poisoned += one.mshrs_poisoned;
}

}  // namespace

TlbBroadcast::TlbBroadcast(const transport::Timing& timing, std::vector<core::TranslationCachePort*> tlbs)
    : tlbs_(std::move(tlbs)) {
  if (timing.mode() != transport::TimingMode::kTimed) return;
  for (std::size_t i = 1; i < tlbs_.size(); ++i) {
    Worker& worker = workers_.emplace_back(*tlbs_[i]);
    sc_core::sc_spawn([this, &worker] { run(worker); });
  }
}

void TlbBroadcast::run(Worker& worker) {
  for (;;) {
    while (worker.job == nullptr) sc_core::wait(worker.start);
    worker.result = worker.tlb.invalidate(*worker.job);
    worker.job = nullptr;
    finished_.notify();
  }
}

bool TlbBroadcast::working() const {
  return std::ranges::any_of(workers_, [](const Worker& w) { return w.job != nullptr; });
}

core::InvalidateResult TlbBroadcast::invalidate(const core::Invalidation& what) {
  core::InvalidateResult total;
  if (workers_.empty()) {
    for (core::TranslationCachePort* tlb : tlbs_) add(total, tlb->invalidate(what));
    return total;
  }
  for (Worker& w : workers_) {
    w.job = &what;
    w.start.notify();
  }
  add(total, tlbs_.front()->invalidate(what));
  while (working()) sc_core::wait(finished_);
  for (const Worker& w : workers_) add(total, w.result);
  return total;
}

}  // namespace smmu_vp::smmu

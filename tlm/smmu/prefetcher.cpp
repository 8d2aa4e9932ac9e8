// Prefetches one address after another, up to the capacity of a TLB.
#include "tlm/smmu/prefetcher.h"

#include <algorithm>

namespace smmu_vp::smmu {

Prefetcher::Prefetcher(State& state, const Tbus& tbus, const PortOfStream& tbu_of_stream)
    : state_(state), tbus_(tbus), tbu_of_stream_(tbu_of_stream) {
  sc_core::sc_spawn([this] { run(); }, "prefetcher");
}

void Prefetcher::request(const spec::Requester& who, const core::PrefetchSpan& span) {
  const std::optional<unsigned> tbu = tbu_of_stream_(who.sid);
  if (!tbu || waiting_.size() == kWaiting) return;
  // Prefetching more would evict what was prefetched first (4.2.2).
  const core::CacheConfig& tlb = state_.config.tlb;
  waiting_.push_back({.tbu = *tbu,
                      .access = {.who = who, .address = span.first, .intent = {.read = true}},
                      .stride = span.stride,
                      .left = std::min<u64>(span.count, u64{tlb.sets} * tlb.ways)});
  requested_.notify();
}

void Prefetcher::run() {
  for (;;) {
    while (waiting_.empty()) sc_core::wait(requested_);
    busy_ = true;
    const Request next = waiting_.front();
    waiting_.pop_front();
    fetch(next);
    busy_ = false;
  }
}

// Nothing is prefetched while SMMUEN is 0 (6.3.9.6); a span ends at the top of the address space.
void Prefetcher::fetch(Request r) {
  for (; r.left != 0 && state_.registers.smmu_enabled(); --r.left) {
    tbus_[r.tbu]->prefetch(r.access);
    if (r.access.address + r.stride < r.access.address) return;
    r.access.address += r.stride;
  }
}

}  // namespace smmu_vp::smmu

// A TBU's TLB and the TCU, as the Translator uses them for one transaction.
#pragma once

#include "tlm/core/translation_port.h"
#include "tlm/smmu/tbu_watch.h"
#include "tlm/smmu/tcu.h"

namespace smmu_vp::smmu {

// A TBU's TLB, and the event for waiting on its MSHRs.
struct Tlb {
  core::TranslationCachePort& cache;
  // Counts MSHR releases, so that a release between a lookup and its wait is not missed.
  u64 releases = 0;
  sc_core::sc_event released;
};

class TbuPort final : public core::TranslationPort {
 public:
  TbuPort(Tlb& tlb, Tcu& tcu, TbuWatch& watch, u64 transaction, u32 sid, Tcu::Cause cause)
      : tlb_(tlb), tcu_(tcu), watch_(watch), transaction_(transaction), sid_(sid), cause_(cause) {}

  core::ConfigRef configuration(const spec::Requester& who) override {
    return tcu_.configuration(who, cause_);
  }
  core::ConfigRef stream_configuration(u32 sid) override { return tcu_.stream_configuration(sid, cause_); }

  core::LookupResult lookup(const core::LookupKey& key) override {
    releases_seen_ = tlb_.releases;
    const core::LookupResult found = tlb_.cache.lookup(key);
    watch_.looked_up(found.status);
    return found;
  }
  void fill(u8 mshr, const core::Translation* entry_or_null) override {
    tlb_.cache.fill(mshr, entry_or_null);
    ++tlb_.releases;
    tlb_.released.notify();
  }
  void drop(const core::Invalidation& entry) override { tlb_.cache.invalidate(entry); }
  void wait_for_mshr() override {
    if (tlb_.releases == releases_seen_) sc_core::wait(tlb_.released);
  }

  core::WalkResult walk(const core::Regime& regime, const core::WalkRequest& request) override {
    return tcu_.walk(transaction_, sid_, regime, request);
  }
  void tlb_missed() override {
    if (cause_ == Tcu::Cause::kTransaction) watch_.tlb_missed(sid_);
  }

 private:
  Tlb& tlb_;
  Tcu& tcu_;
  TbuWatch& watch_;
  u64 transaction_;
  u32 sid_;
  Tcu::Cause cause_;
  u64 releases_seen_ = 0;
};

}  // namespace smmu_vp::smmu

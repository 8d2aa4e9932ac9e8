// A TBU's TLB and the TCU, as the Translator uses them for one transaction.
#pragma once

#include "tlm/core/translation_port.h"
#include "tlm/smmu/tbu_watch.h"
#include "tlm/smmu/tcu.h"
#include "tlm/smmu/tlb.h"

namespace smmu_vp::smmu {

class TbuPort final : public core::TranslationPort {
 public:
  TbuPort(Tlb& tlb, Tcu& tcu, TbuWatch& watch, u64 transaction, u32 sid, Tcu::Cause cause)
      : tlb_(tlb), tcu_(tcu), watch_(watch), transaction_(transaction), sid_(sid), cause_(cause) {}

  core::ConfigRef configuration(const spec::Requester& who) override {
    return tcu_.configuration(who, cause_);
  }
  core::ConfigRef stream_configuration(u32 sid) override { return tcu_.stream_configuration(sid, cause_); }

  core::LookupResult lookup(const core::LookupKey& key) override {
    releases_ = tlb_.releases();
    const core::LookupResult found = tlb_.lookup(key);
    watch_.looked_up(found.status);
    return found;
  }
  core::LookupResult wait_and_look_up(const core::LookupKey& key, const core::LookupResult& found) override {
    const core::LookupResult next = tlb_.wait_and_look_up(key, found, releases_);
    releases_ = tlb_.releases();
    watch_.looked_up(next.status);
    return next;
  }
  void fill(u8 mshr, const core::Translation* entry_or_null) override { tlb_.fill(mshr, entry_or_null); }
  void drop(const core::Invalidation& entry) override { tlb_.invalidate(entry); }

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
  u64 releases_ = 0;  // of MSHRs, before the last lookup
};

}  // namespace smmu_vp::smmu

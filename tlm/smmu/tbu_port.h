// A TBU's TLB and the TCU, as the Translator uses them for one transaction.
#pragma once

#include "tlm/core/translation_port.h"
#include "tlm/smmu/tbu_watch.h"
#include "tlm/smmu/tcu.h"
#include "tlm/smmu/tlb.h"

namespace smmu_vp::smmu {

// What all transactions of a TBU share.
struct TbuUnits {
  Tcu& tcu;
  Tlb tlb;
  TbuWatch watch;
};

class TbuPort final : public core::TranslationPort {
 public:
  TbuPort(TbuUnits& units, u64 transaction, u32 sid, Tcu::Cause cause)
      : units_(units), transaction_(transaction), sid_(sid), cause_(cause) {}

  core::ConfigRef configuration(const spec::Requester& who) override {
    return units_.tcu.configuration(who, cause_);
  }
  core::ConfigRef stream_configuration(u32 sid) override {
    return units_.tcu.stream_configuration(sid, cause_);
  }

  core::LookupResult lookup(const core::LookupKey& key) override {
    releases_ = units_.tlb.releases();
    const core::LookupResult found = units_.tlb.lookup(key);
    units_.watch.looked_up(found.status);
    return found;
  }
  core::LookupResult wait_and_look_up(const core::LookupKey& key, const core::LookupResult& found) override {
    const core::LookupResult next = units_.tlb.wait_and_look_up(key, found, releases_);
    releases_ = units_.tlb.releases();
    units_.watch.looked_up(next.status);
    return next;
  }
  void fill(u8 mshr, const core::Translation* entry_or_null) override {
    units_.tlb.fill(mshr, entry_or_null);
  }
  void drop(const core::Invalidation& entry) override { units_.tlb.invalidate(entry); }

  core::WalkResult walk(const core::Regime& regime, const core::WalkRequest& request) override {
    return units_.tcu.walk(transaction_, sid_, regime, request);
  }
  void tlb_missed() override {
    if (cause_ == Tcu::Cause::kTransaction) units_.watch.tlb_missed(sid_);
  }

 private:
  TbuUnits& units_;
  u64 transaction_;
  u32 sid_;
  Tcu::Cause cause_;
  u64 releases_ = 0;  // of MSHRs, before the last lookup
};

}  // namespace smmu_vp::smmu

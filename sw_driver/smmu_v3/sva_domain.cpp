// Invalidation in the order the hardware needs: first the SMMU's TLBs, to completion, then the devices' ATCs,
// which refill from them (4.5.1).
#include "sw_driver/smmu_v3/sva_domain.h"

#include <algorithm>

#include "sw_driver/smmu_v3/master.h"
#include "sw_driver/smmu_v3/ranges.h"

namespace smmu_vp::sw {

SvaDomain::SvaDomain(Env& env, CommandQueue& queue, const Features& features, std::shared_ptr<Mm> mm,
                     u32 asid)
    : Domain(std::move(mm)), Stage1(env, queue, features, asid) {}

void SvaDomain::clear_cd(Master& master, u32 ssid) {
  Guard guard(*users_lock_);
  for (User& u : users_) {
    if (u.master == &master && u.pasid == ssid) u.has_cd = false;
  }
  master.clear_cd(ssid);
}

// A range with start == end also means the whole address space.
void SvaDomain::invalidate_range(u64 start, u64 end) {
  Range range{start, end, end == kAll || start == end};
  // From as many pages as one table maps, single TLBIs cost more than refilling the whole address space. It is then
  // invalidated in the ATCs too.
  if (!by_range() && pages_of(range) >= max_single_pages()) range.whole = true;
  Operation operation(env_, {.name = "invalidate_range"});
  if (env_.has(Bug::kAtcBeforeTlbi)) atc_invalidate(range);
  operation.enter("tlbi+sync");
  invalidate_tlb(range);
  operation.enter("driver");
  env_.os.mb();  // complete the TLB invalidation before ats_masters_ is read
  operation.enter("atc+sync");
  if (!env_.has(Bug::kAtcBeforeTlbi)) atc_invalidate(range);
}

void SvaDomain::invalidate_tlb(const Range& range) {
  if (shares_tlb_maintenance(env_, features_)) {
    broadcast(range);
  } else {
    tlbi(range);
  }
}

// Whether commands or broadcasts can name a range of pages. With IDR0.BTM, SMMUv3.2 accepts range broadcasts (4.4.1.1).
bool SvaDomain::by_range() const {
  return env_.config.ril && (features_.ril || shares_tlb_maintenance(env_, features_));
}

u64 SvaDomain::max_single_pages() const {
  if (env_.config.max_tlbi_ops != 0) return env_.config.max_tlbi_ops;
  return u64{1} << (spec::vmsa::page_shift(env_.config.granule) - 3);
}

// The mm issues these TLBIs for the CPUs' TLBs anyway. If the SMMU takes part, it needs only ATC_INV on top
// (3.17, 3.9.1). The CPUs use the same ASID for the mm (CD.ASET = 0); the VMID is 0.
void SvaDomain::broadcast(const Range& range) {
  if (env_.has(Bug::kNoTlbi)) return;
  Operation operation(env_, {.name = "tlbi", .first_part = "tlbi+sync"});
  const bool el2 = features_.el2;
  const auto number = static_cast<u16>(asid());
  const u64 pages = pages_of(range);
  if (range.whole || pages >= kBroadcastRangePages) {
    const spec::BroadcastOp op = el2 ? spec::BroadcastOp::kAsidE2 : spec::BroadcastOp::kAsidE1;
    env_.os.tlbi({.op = op, .asid = number, .e2h = el2});
  } else {
    const unsigned page_shift = spec::vmsa::page_shift(env_.config.granule);
    const auto by_va = [&](u64 page, u64 count) {
      env_.os.tlbi({.op = el2 ? spec::BroadcastOp::kVaE2 : spec::BroadcastOp::kVaE1,
                    .asid = number,
                    .address = range.start + (page << page_shift),
                    .bytes = count << page_shift,
                    .e2h = el2});
    };
    if (by_range()) {
      for_each_broadcast(pages, by_va);
    } else {
      for (u64 page = 0; page < pages; ++page) by_va(page, 1);
    }
  }
  env_.os.dsb();
}

// Called from mmput(), so it waits only for the SMMU, never for the device or the fault queues.
void SvaDomain::release() {
  if (env_.has(Bug::kNoRelease)) return;
  Operation operation(env_, {.name = "mm_release", .first_part = "cd"});
  {
    Guard guard(*users_lock_);
    for (const User& user : users_) {
      if (user.has_cd) user.master->quiesce(*user.pasid);
    }
  }
  operation.enter("tlbi+sync");
  invalidate_tlb({0, 0, true});
  operation.enter("atc+sync");
  atc_invalidate({0, 0, true});
  for (const User& user : users_) {
    if (user.has_cd) user.master->announce_phase(*user.pasid, *this, spec::Phase::kQuiesced);
  }
}

void SvaDomain::freed() {
  mm()->mmdrop();
}

}  // namespace smmu_vp::sw

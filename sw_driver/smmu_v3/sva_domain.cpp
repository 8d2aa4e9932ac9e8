// Invalidation in the order the hardware needs: first the SMMU's TLBs, to completion, then the devices' ATCs,
// which refill from them (4.5.1).
#include "sw_driver/smmu_v3/sva_domain.h"

#include <algorithm>

#include "sw_driver/smmu_v3/master.h"
#include "sw_driver/smmu_v3/ranges.h"

namespace smmu_vp::sw {

SvaDomain::SvaDomain(Env& env, CommandQueue& queue, const Features& features, std::shared_ptr<Mm> mm,
                     u32 asid)
    : Domain(std::move(mm)),
      env_(env),
      queue_(queue),
      features_(features),
      asid_(asid),
      users_lock_(env.os.make_mutex("sva_domain_users")) {}

void SvaDomain::add(Master& master, u32 ssid) {
  Guard guard(*users_lock_);
  users_.push_back({&master, ssid, true});
  if (master.ats_enabled()) ++ats_masters_;
}

void SvaDomain::clear_cd(Master& master, u32 ssid) {
  Guard guard(*users_lock_);
  for (User& u : users_) {
    if (u.master == &master && u.ssid == ssid) u.has_cd = false;
  }
  master.clear_cd(ssid);
}

void SvaDomain::remove(Master& master, u32 ssid) {
  Guard guard(*users_lock_);
  std::erase_if(users_, [&](const User& u) { return u.master == &master && u.ssid == ssid; });
  if (master.ats_enabled()) --ats_masters_;
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

void SvaDomain::tlbi_all() {
  tlbi({0, 0, true});
}

void SvaDomain::invalidate_tlb(const Range& range) {
  if (shares_tlb_maintenance(env_, features_)) {
    broadcast(range);
  } else {
    tlbi(range);
  }
}

u64 SvaDomain::pages_of(const Range& range) const {
  return (range.end - range.start) >> spec::vmsa::page_shift(env_.config.granule);
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
  const bool el2 = features_.hyp;
  const auto asid = static_cast<u16>(asid_);
  const u64 pages = pages_of(range);
  if (range.whole || pages >= kBroadcastRangePages) {
    const spec::BroadcastOp op = el2 ? spec::BroadcastOp::kAsidE2 : spec::BroadcastOp::kAsidE1;
    env_.os.tlbi({.op = op, .asid = asid, .e2h = el2});
  } else {
    const unsigned page_shift = spec::vmsa::page_shift(env_.config.granule);
    const auto by_va = [&](u64 page, u64 count) {
      env_.os.tlbi({.op = el2 ? spec::BroadcastOp::kVaE2 : spec::BroadcastOp::kVaE1,
                    .asid = asid,
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

void SvaDomain::tlbi(const Range& range) {
  if (env_.has(Bug::kNoTlbi)) return;
  Operation operation(env_, {.name = "tlbi", .first_part = "tlbi+sync"});
  CommandBatch batch(env_, queue_);
  const bool el2 = features_.hyp;
  const unsigned page_shift = spec::vmsa::page_shift(env_.config.granule);
  const u64 pages = pages_of(range);
  if (range.whole) {
    batch.add(command::tlbi_asid(el2, asid_));
  } else if (by_range()) {
    for_each_range_tlbi(
        {.address = range.start, .pages = pages, .page_shift = page_shift}, [&](const RangeTlbi& r) {
          spec::Command c = command::tlbi_va(el2, asid_, r.address);
          const bool reserved = env_.has(Bug::kReservedRange) && pages == 1;
          spec::cmd::tlbi::NUM.set(c.w, r.num);
          spec::cmd::tlbi::SCALE.set(c.w, reserved ? 0 : r.scale);
          spec::cmd::tlbi::TG.set(c.w, env_.has(Bug::kGranuleNotSet) ? 0 : (page_shift - 10) / 2);
          batch.add(c);
        });
  } else {
    for (u64 page = 0; page < pages; ++page)
      batch.add(command::tlbi_va(el2, asid_, range.start + (page << page_shift)));
  }
  batch.submit();
}

void SvaDomain::atc_invalidate(const Range& range) {
  if (ats_masters_ == 0) return;
  Operation operation(env_, {.name = "atc_inv", .first_part = "atc+sync"});
  CommandBatch batch(env_, queue_);
  const AtcBlock everything{0, env_.has(Bug::kWholeRangeTooSmall) ? 0 : spec::cmd::atc_inv::kSizeAll};
  const u64 end = env_.has(Bug::kAtcSizeTooSmall) ? range.start + 1 : range.end;
  const AtcBlock block = range.whole ? everything : atc_block(range.start, end);
  {
    Guard guard(*users_lock_);
    const u32 off = env_.has(Bug::kAtcInvOfWrongPasid) ? 1 : 0;
    for (const User& user : users_) user.master->add_atc_inv(batch, user.ssid + off, block);
  }
  batch.submit();
}

// Called from mmput(), so it waits only for the SMMU, never for the device or the fault queues.
void SvaDomain::release() {
  if (env_.has(Bug::kNoRelease)) return;
  Operation operation(env_, {.name = "mm_release", .first_part = "cd"});
  {
    Guard guard(*users_lock_);
    for (const User& user : users_) {
      if (user.has_cd) user.master->quiesce(user.ssid);
    }
  }
  operation.enter("tlbi+sync");
  invalidate_tlb({0, 0, true});
  operation.enter("atc+sync");
  atc_invalidate({0, 0, true});
  for (const User& user : users_) {
    if (user.has_cd) user.master->announce_phase(user.ssid, *this, spec::Phase::kQuiesced);
  }
}

void SvaDomain::freed() {
  mm()->mmdrop();
}

}  // namespace smmu_vp::sw

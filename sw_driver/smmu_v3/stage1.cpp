// Invalidation by commands. Devices refill from the SMMU's TLBs, so those come first (4.5.1).
#include "sw_driver/smmu_v3/stage1.h"

#include <algorithm>

#include "sw_driver/smmu_v3/master.h"
#include "sw_driver/smmu_v3/ranges.h"

namespace smmu_vp::sw {

Stage1::Stage1(Env& env, CommandQueue& queue, const Features& features, u32 asid)
    : env_(env),
      queue_(queue),
      features_(features),
      users_lock_(env.os.make_mutex("stage1_users")),
      asid_(asid) {}

void Stage1::add(Master& master, std::optional<u32> pasid) {
  Guard guard(*users_lock_);
  users_.push_back({&master, pasid, true});
  if (master.ats_enabled()) ++ats_masters_;
}

void Stage1::remove(Master& master, std::optional<u32> pasid) {
  Guard guard(*users_lock_);
  std::erase_if(users_, [&](const User& u) { return u.master == &master && u.pasid == pasid; });
  if (master.ats_enabled()) --ats_masters_;
}

u64 Stage1::pages_of(const Range& range) const {
  return (range.end - range.start) >> spec::vmsa::page_shift(env_.config.granule);
}

void Stage1::tlbi(const Range& range) {
  if (env_.has(Bug::kNoTlbi)) return;
  Operation operation(env_, {.name = "tlbi", .first_part = "tlbi+sync"});
  CommandBatch batch(env_, queue_);
  const bool el2 = features_.el2;
  const unsigned page_shift = spec::vmsa::page_shift(env_.config.granule);
  const u64 pages = pages_of(range);
  const auto by_va = [&](u64 address) { return command::tlbi_va(el2, asid_, address, range.leaf_only); };
  if (range.whole) {
    batch.add(command::tlbi_asid(el2, asid_));
  } else if (env_.config.ril && features_.ril) {
    for_each_range_tlbi(
        {.address = range.start, .pages = pages, .page_shift = page_shift}, [&](const RangeTlbi& r) {
          spec::Command c = by_va(r.address);
          const bool reserved = env_.has(Bug::kReservedRange) && pages == 1;
          spec::cmd::tlbi::NUM.set(c.w, r.num);
          spec::cmd::tlbi::SCALE.set(c.w, reserved ? 0 : r.scale);
          spec::cmd::tlbi::TG.set(c.w, env_.has(Bug::kGranuleNotSet) ? 0 : (page_shift - 10) / 2);
          batch.add(c);
        });
  } else {
    const u64 stride = range.stride != 0 ? range.stride : u64{1} << page_shift;
    for (u64 at = range.start; at < range.end; at += stride) batch.add(by_va(at));
  }
  batch.submit();
}

void Stage1::atc_invalidate(const Range& range) {
  if (ats_masters_ == 0) return;
  Operation operation(env_, {.name = "atc_inv", .first_part = "atc+sync"});
  CommandBatch batch(env_, queue_);
  const auto of_all_users = [&](const AtcBlock& block) {
    Guard guard(*users_lock_);
    const u32 off = env_.has(Bug::kAtcInvOfWrongPasid) ? 1 : 0;
    for (const User& user : users_)
      user.master->add_atc_inv(batch, user.pasid ? std::optional(*user.pasid + off) : std::nullopt, block);
  };
  const u64 end = env_.has(Bug::kAtcSizeTooSmall) ? range.start + 1 : range.end;
  if (range.whole)
    of_all_users({0, env_.has(Bug::kWholeRangeTooSmall) ? 0 : spec::cmd::atc_inv::kSizeAll});
  else
    of_all_users(atc_block(range.start, end));
  batch.submit();
}

}  // namespace smmu_vp::sw

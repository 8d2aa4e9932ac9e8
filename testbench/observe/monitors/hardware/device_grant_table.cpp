// Grants by address: looked up at each translated access, so that nothing here walks a tree.
#include "testbench/observe/monitors/hardware/device_grant_table.h"

#include <bit>

namespace smmu_vp::tb {

DeviceGrantTable::Holder& DeviceGrantTable::holder(const spec::Requester& who) {
  const u64 key = u64{who.sid} << 32 | (who.pasid ? 1 + *who.pasid : 0);
  if (const u32* const known = holder_of_.find(key)) return holders_[*known];
  const auto index = static_cast<u32>(holders_.size());
  holder_of_[key] = index;
  holders_of_sid_[who.sid].push_back(index);
  return holders_.emplace_back(Holder{.who = who, .at_va = {}, .at_pa = {}, .all = {}});
}

void DeviceGrantTable::grant(const spec::Requester& who, const Granted& granted) {
  Holder& mine = holder(who);
  mine.sizes |= u64{1} << granted.log2_size;
  u32& at_va = mine.at_va[key_of(granted.va, granted.log2_size)];
  for (u32 i = at_va; i != 0; i = grants_[i].next_at_va) {
    Grant& old = grants_[i];
    if (key_of(old.of.pa, old.of.log2_size) != key_of(granted.pa, granted.log2_size)) continue;
    const bool held = old.lost_ps == kHeldForEver;
    old.of.read = granted.read || (held && old.of.read);
    old.of.write = granted.write || (held && old.of.write);
    old.of.asked = granted.asked;
    old.lost_ps = kHeldForEver;
    return;
  }
  u32& at_pa = mine.at_pa[key_of(granted.pa, granted.log2_size)];
  const auto index = static_cast<u32>(grants_.size());
  grants_.push_back({.of = granted, .next_at_va = at_va, .next_at_pa = at_pa});
  mine.all.push_back(index);
  at_va = at_pa = index;
}

void DeviceGrantTable::lose(Holder& holder, const AddressRange& vas, const Loss& loss) {
  const auto overlapping = [&](u32 i) {
    Grant& grant = grants_[i];
    if (grant.lost_ps == kHeldForEver && grant.of.asked < loss.received &&
        vas.overlaps(AddressRange::round(grant.of.va, grant.of.log2_size)))
      grant.lost_ps = loss.t_ps;
  };
  for (u64 sizes = holder.sizes; sizes != 0; sizes &= sizes - 1) {
    const auto log2_size = static_cast<unsigned>(std::countr_zero(sizes));
    const u64 first = vas.first >> log2_size, last = vas.last >> log2_size;
    if (last - first >= holder.all.size()) {
      for (const u32 i : holder.all) overlapping(i);
      return;
    }
    for (u64 page = first; page <= last; ++page) {
      const u32* const head = holder.at_va.find(page << 6 | log2_size);
      for (u32 i = head == nullptr ? 0 : *head; i != 0; i = grants_[i].next_at_va) overlapping(i);
    }
  }
}

void DeviceGrantTable::take_away(const spec::Requester& whose, const AddressRange& vas, const Loss& loss) {
  if (whose.pasid) return lose(holder(whose), vas, loss);
  const auto* const all = holders_of_sid_.find(whose.sid);
  if (all == nullptr) return;
  for (const u32 i : *all) lose(holders_[i], vas, loss);
}

void DeviceGrantTable::look(const Holder& holder, u64 pa, bool write, u64 begin_ps, Answer& answer) const {
  for (u64 sizes = holder.sizes; sizes != 0; sizes &= sizes - 1) {
    const auto log2_size = static_cast<unsigned>(std::countr_zero(sizes));
    const u32* const head = holder.at_pa.find(key_of(pa, log2_size));
    for (u32 i = head == nullptr ? 0 : *head; i != 0; i = grants_[i].next_at_pa) {
      const Grant& grant = grants_[i];
      const Standing standing = grant.lost_ps <= begin_ps                  ? Standing::kGone
                                : (write ? grant.of.write : grant.of.read) ? Standing::kHeld
                                                                           : Standing::kReadOnly;
      if (standing >= answer.standing) continue;
      const u64 offset = pa & ((u64{1} << log2_size) - 1);
      answer = {standing, grant.of.va | offset, standing == Standing::kGone ? grant.lost_ps : 0};
      if (standing == Standing::kHeld) return;
    }
  }
}

DeviceGrantTable::Answer DeviceGrantTable::find(const spec::Requester& who, u64 pa, bool write,
                                                u64 begin_ps) {
  Answer answer;
  if (who.pasid) {
    look(holder(who), pa, write, begin_ps, answer);
  } else if (const auto* const all = holders_of_sid_.find(who.sid)) {
    for (const u32 i : *all) look(holders_[i], pa, write, begin_ps, answer);
  }
  return answer;
}

}  // namespace smmu_vp::tb

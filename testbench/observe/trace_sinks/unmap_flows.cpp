// Decides which command belongs to which unmap, by ASID, PASID and addresses.
#include "testbench/observe/trace_sinks/unmap_flows.h"

#include <algorithm>
#include <utility>

namespace smmu_vp::tb {

void UnmapFlows::phase(const trace::PasidPhase& p) {
  std::vector<Bound>& bound = bound_[p.mm];
  std::erase_if(bound, [&](const Bound& b) { return b.who == p.who(); });
  if (p.phase != spec::Phase::kUnbound) bound.push_back({p.who(), p.asid});
  if (bound.empty()) bound_.erase(p.mm);
}

void UnmapFlows::begin(std::string_view name, u64 mm, u64 first, u64 last, const Place& place) {
  under_way_.push_back({name, mm, first, last, {{place}}, false, {}});
}

void UnmapFlows::end(u64 mm, u64 first, u64 last) {
  const auto it = std::find_if(under_way_.begin(), under_way_.end(), [&](const Unmap& u) {
    return u.mm == mm && u.first == first && u.last == last;
  });
  if (it == under_way_.end()) return;
  flows_.add(it->name, std::move(it->way));
  under_way_.erase(it);
}

void UnmapFlows::lead(Unmap& unmap, const Place& place) {
  const Place& newest = unmap.way.back().place;
  if (newest.thread == place.thread && newest.begin_ns == place.begin_ns) return;
  unmap.way.push_back({place});
}

// Without a PASID it applies to every process of that stream.
bool UnmapFlows::bound(u64 mm, const spec::Requester& who) const {
  const auto it = bound_.find(mm);
  return it != bound_.end() && std::any_of(it->second.begin(), it->second.end(), [&](const Bound& b) {
           return b.who.sid == who.sid && (!who.pasid || b.who == who);
         });
}

void UnmapFlows::tlb_invalidated(const trace::TlbInvalidated& i, const Place& place) {
  for (Unmap& u : under_way_) {
    const auto it = bound_.find(u.mm);
    const bool its_asid =
        it != bound_.end() && std::any_of(it->second.begin(), it->second.end(),
                                          [&](const Bound& b) { return !i.by_asid || b.asid == i.asid; });
    if (!its_asid || (i.by_va && (i.last < u.first || i.first > u.last))) continue;
    lead(u, place);
    u.unsynced = true;
  }
}

void UnmapFlows::context_invalidated(const trace::ConfigInvalidated& c, const Place& place) {
  for (Unmap& u : under_way_) {
    if (u.last != ~u64{0} || !c.who.pasid || !bound(u.mm, c.who)) continue;
    lead(u, place);
    u.unsynced = true;
  }
}

void UnmapFlows::atc_invalidation(const trace::AtcInvalidateSent& a, const Place& command,
                                  const Place& request) {
  const u64 last = a.log2_size >= 64 ? ~u64{0} : a.address + ((u64{1} << a.log2_size) - 1);
  for (Unmap& u : under_way_) {
    if (!bound(u.mm, a.who) || last < u.first || a.address > u.last) continue;
    lead(u, command);
    lead(u, request);
    u.unsynced = true;
    u.requests.emplace_back(a.who.sid, a.itag);
  }
}

void UnmapFlows::atc_completion(u32 sid, u32 itag, const Place& place) {
  for (Unmap& u : under_way_) {
    if (std::erase(u.requests, std::pair(sid, itag)) != 0) lead(u, place);
  }
}

void UnmapFlows::sync(const Place& place) {
  for (Unmap& u : under_way_) {
    if (std::exchange(u.unsynced, false)) lead(u, place);
  }
}

void UnmapFlows::finish() {
  for (Unmap& u : under_way_) flows_.add(u.name, std::move(u.way));
  under_way_.clear();
}

}  // namespace smmu_vp::tb

// Only the pages at the two ends of an event's range can be shared with other areas.
#include "testbench/runs/workload/page_map.h"

#include <algorithm>
#include <cassert>

namespace smmu_vp::tb {

namespace {

Rights effective(const Rights& r) {
  return {r.read || r.write || r.execute, r.write, r.execute};
}

void add(std::vector<PageChange>& changes, const PageChange& next) {
  PageChange* last = changes.empty() ? nullptr : &changes.back();
  if (last != nullptr && last->kind == next.kind && last->end == next.start && last->rights == next.rights) {
    last->end = next.end;
    last->narrows &= next.narrows;
  } else {
    changes.push_back(next);
  }
}

}  // namespace

std::optional<Rights> PageMap::rights_of(u64 page) const {
  const std::vector<Vma> areas = recorded_.within(page, page + page_bytes_);
  if (areas.empty()) return {};
  Rights all;
  for (const Vma& area : areas) all = all | effective(area.rights);
  return all;
}

void PageMap::shared_page(u64 page, const std::optional<Rights>& before,
                          std::vector<PageChange>& changes) const {
  const std::optional<Rights> after = rights_of(page);
  if (after == before) return;
  const auto kind = !before  ? MapEvent::Kind::kMap
                    : !after ? MapEvent::Kind::kUnmap
                             : MapEvent::Kind::kProtect;
  const Rights rights = after.value_or(Rights{});
  add(changes, {kind, page, page + page_bytes_, rights, before && before->includes(rights)});
}

std::vector<PageChange> PageMap::apply(const MapEvent& event) {
  const u64 start = event.area.start, end = event.area.end;
  const u64 first = start / page_bytes_ * page_bytes_, last = end / page_bytes_ * page_bytes_;
  const u64 inner = first == start ? first : first + page_bytes_;
  const bool low = first != start, high = last != end && (last != first || !low);
  const std::optional<Rights> before_low = low ? rights_of(first) : std::nullopt,
                              before_high = high ? rights_of(last) : std::nullopt;
  const Rights rights = event.kind == MapEvent::Kind::kUnmap ? Rights{} : effective(event.area.rights);
  bool narrows = event.kind != MapEvent::Kind::kMap;
  for (const Vma& area : recorded_.within(start, end)) narrows &= effective(area.rights).includes(rights);
  [[maybe_unused]] const auto wrong = recorded_.apply(event);
  assert(!wrong);

  std::vector<PageChange> changes;
  if (low) shared_page(first, before_low, changes);
  if (inner < last) add(changes, {event.kind, inner, last, rights, narrows});
  if (high) shared_page(last, before_high, changes);
  return changes;
}

}  // namespace smmu_vp::tb

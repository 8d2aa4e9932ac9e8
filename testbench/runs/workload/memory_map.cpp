// A sorted list, because a process has only some tens of areas, which rarely change.
#include "testbench/runs/workload/memory_map.h"

#include <fmt/format.h>

#include <algorithm>

namespace smmu_vp::tb {

MemoryMap::MemoryMap(std::vector<Vma> areas) : areas_(std::move(areas)) {
  join();
}

std::vector<Vma> MemoryMap::within(u64 start, u64 end) const {
  std::vector<Vma> found;
  const auto first = std::partition_point(areas_.begin(), areas_.end(),
                                          [start](const Vma& vma) { return vma.end <= start; });
  for (auto it = first; it != areas_.end() && it->start < end; ++it) found.push_back(*it);
  return found;
}

const Vma* MemoryMap::find(u64 va, u64 bytes) const {
  const auto vma =
      std::partition_point(areas_.begin(), areas_.end(), [va](const Vma& v) { return v.end <= va; });
  return vma != areas_.end() && vma->start <= va && bytes <= vma->end - va ? &*vma : nullptr;
}

std::optional<std::string> MemoryMap::apply(const MapEvent& event) {
  const Vma& area = event.area;
  if (area.end <= area.start || area.end > kWorkloadEnd || (area.start | area.end) % kWorkloadPage != 0) {
    return fmt::format("a range from {:#x} to {:#x} that is empty, not of whole pages or ends above 2^47",
                       area.start, area.end);
  }
  const std::vector<Vma> there = within(area.start, area.end);
  if (event.kind == MapEvent::Kind::kMap && !there.empty())
    return fmt::format("a map of {:#x} to {:#x} over what is mapped at {:#x}", area.start, area.end,
                       there.front().start);
  if (event.kind == MapEvent::Kind::kProtect) {
    u64 at = area.start;
    for (const Vma& vma : there) {
      if (vma.start > at) break;
      at = vma.end;
    }
    if (at < area.end)
      return fmt::format("a protection of {:#x} to {:#x} with nothing mapped at {:#x}", area.start, area.end,
                         at);
  }
  cut(area.end);
  const auto first = cut(area.start);
  auto last = first;
  while (last != areas_.end() && last->start < area.end) ++last;
  switch (event.kind) {
    case MapEvent::Kind::kMap:
      areas_.insert(first, area);
      break;
    case MapEvent::Kind::kUnmap:
      areas_.erase(first, last);
      break;
    case MapEvent::Kind::kProtect:
      std::for_each(first, last, [&](Vma& vma) { vma.rights = area.rights; });
      break;
  }
  join();
  return {};
}

// Splits the area that contains `va` at `va`. Returns the first area at or above `va`.
std::vector<Vma>::iterator MemoryMap::cut(u64 va) {
  const auto vma =
      std::partition_point(areas_.begin(), areas_.end(), [va](const Vma& v) { return v.end <= va; });
  if (vma == areas_.end() || vma->start >= va) return vma;
  Vma lower = *vma;
  lower.end = vma->start = va;
  return std::next(areas_.insert(vma, std::move(lower)));
}

void MemoryMap::join() {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < areas_.size(); ++i) {
    Vma& last = areas_[kept];
    if (last.end == areas_[i].start && last.name == areas_[i].name && last.rights == areas_[i].rights)
      last.end = areas_[i].end;
    else if (++kept != i)
      areas_[kept] = std::move(areas_[i]);
  }
  if (!areas_.empty()) areas_.resize(kept + 1);
}

}  // namespace smmu_vp::tb

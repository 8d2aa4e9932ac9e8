// System calls report nearly all changes of the memory map. The listing supplies the rest, but it may be read
// later than the access.
#include "testbench/runs/workload/listing.h"

#include <algorithm>
#include <charconv>

namespace smmu_vp::tb {

namespace {

using Kind = MapEvent::Kind;

constexpr u64 page_of(u64 va) {
  return va / kWorkloadPage * kWorkloadPage;
}

// The recording tool is mapped in the process as well, but is not part of the program.
bool belongs_to_tool(const Vma& vma) {
  return vma.name.starts_with("lackey-");
}
bool is_file(const Vma& vma) {
  return !vma.name.empty() && vma.name[0] != '[';
}

bool holds(const Vma& vma, u64 va) {
  return vma.start <= va && va < vma.end;
}

// The widest range around the page that is in `listed` and not in the map.
Vma gap_at(const MemoryMap& map, const Vma& listed, u64 page) {
  Vma gap = listed;
  for (const Vma& known : map.within(listed.start, listed.end)) {
    if (known.end <= page) gap.start = std::max(gap.start, known.end);
    if (known.start <= page || known.start >= gap.end) continue;
    gap.end = known.start;
    if (listed.name.empty()) gap.name = known.name;  // a stack that has grown
  }
  return gap;
}

}  // namespace

// start-end rwxp offset device inode   name
std::optional<Vma> parse_maps_line(std::string_view line) {
  Vma vma;
  const char* const end = line.data() + line.size();
  auto [dash, start_error] = std::from_chars(line.data(), end, vma.start, 16);
  if (start_error != std::errc{} || dash == end || *dash != '-') return {};
  auto [rights, end_error] = std::from_chars(dash + 1, end, vma.end, 16);
  if (end_error != std::errc{} || end - rights < 5 || vma.end <= vma.start) return {};
  vma.rights.write = rights[2] == 'w';
  vma.rights.execute = rights[3] == 'x';
  vma.rights.read = rights[1] == 'r' || vma.rights.write || vma.rights.execute;
  std::string_view rest(rights + 1, static_cast<std::size_t>(end - rights - 1));
  for (int field = 0; field < 4; ++field) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  if (rest.starts_with('/')) rest.remove_prefix(rest.rfind('/') + 1);
  vma.name = rest;
  return vma;
}

std::vector<Vma> first_map(const std::vector<Vma>& listing, const Access& access) {
  std::vector<Vma> areas;
  for (Vma vma : listing) {
    if (vma.end > kWorkloadEnd || belongs_to_tool(vma)) continue;
    const bool stack = holds(vma, access.va);
    if (!stack && !is_file(vma)) continue;
    // A program first pushes a return address, which shows its stack: the kernel marks valgrind's instead.
    if (stack && vma.name.empty()) vma.name = "[stack]";
    areas.push_back(std::move(vma));
  }
  return areas;
}

std::vector<MapEvent> learn(const MemoryMap& map, const std::vector<Vma>& listing, const Access& access) {
  std::vector<MapEvent> events;
  const Rights needed{.read = true, .write = access.write};
  const u64 end = access.va + access.bytes;
  u64 mapped_to = 0;
  for (u64 page = page_of(access.va); page < end; page += kWorkloadPage) {
    if (page < mapped_to) continue;
    Vma area{page, page + kWorkloadPage, needed, ""};
    if (const Vma* known = map.find(page, kWorkloadPage)) {
      if (known->rights.includes(needed)) continue;
      area.rights = known->rights | needed;
      events.push_back({Kind::kProtect, area});
      continue;
    }
    for (const Vma& listed : listing) {
      if (holds(listed, page) && listed.rights.includes(needed) && listed.end <= kWorkloadEnd)
        area = gap_at(map, listed, page);
    }
    mapped_to = area.end;
    events.push_back({Kind::kMap, area});
  }
  return events;
}

}  // namespace smmu_vp::tb

// Areas as an interval map that only grows: the map of a whole run, not of one moment.
#include "testbench/workload/memory_map.h"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace smmu_vp::tb {

namespace {

constexpr u64 page_of(u64 va) {
  return va / kWorkloadPage * kWorkloadPage;
}

// The recording tool's own program lies in the process too, and is none of the program's.
bool belongs_to_tool(const Vma& vma) {
  return vma.name.starts_with("lackey-");
}
bool is_file(const Vma& vma) {
  return !vma.name.empty() && vma.name[0] != '[';
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
  vma.read = rights[1] == 'r';
  vma.write = rights[2] == 'w';
  vma.execute = rights[3] == 'x';
  std::string_view rest(rights + 1, static_cast<std::size_t>(end - rights - 1));
  for (int field = 0; field < 4; ++field) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  if (rest.starts_with('/')) rest.remove_prefix(rest.rfind('/') + 1);
  vma.name = rest;
  return vma;
}

void MemoryMap::split_at(u64 va) {
  auto it = areas_.upper_bound(va);
  if (it == areas_.begin()) return;
  --it;
  if (it->first == va || it->second.end <= va) return;
  Vma upper = it->second;
  upper.start = va;
  it->second.end = va;
  areas_.emplace(va, std::move(upper));
}

void MemoryMap::add(const Vma& vma) {
  split_at(vma.start);
  split_at(vma.end);
  Vma gap = vma;
  auto it = areas_.lower_bound(vma.start);
  // A stack that has grown arrives as a larger area without a name.
  if (gap.name.empty() && it != areas_.end() && it->first < vma.end) gap.name = it->second.name;
  u64 at = vma.start;
  for (; at < vma.end; at = it->second.end, ++it) {
    const u64 next = it != areas_.end() && it->first < vma.end ? it->first : vma.end;
    if (at < next) {
      gap.start = at;
      gap.end = next;
      areas_.emplace(at, gap);
    }
    if (next == vma.end) break;
    it->second.read |= vma.read;
    it->second.write |= vma.write;
    it->second.execute |= vma.execute;
  }
}

bool MemoryMap::covers(const Access& access) const {
  const u64 end = access.va + access.bytes;
  for (u64 at = access.va; at < end;) {
    auto it = areas_.upper_bound(at);
    if (it == areas_.begin()) return false;
    --it;
    if (it->second.end <= at || !(access.write ? it->second.write : it->second.read)) return false;
    at = it->second.end;
  }
  return true;
}

void MemoryMap::learn(const std::vector<Vma>& listing, const Access& access) {
  const u64 end = access.va + access.bytes;
  for (const Vma& vma : listing) {
    const bool touched = vma.start < end && access.va < vma.end;
    if (touched || (is_file(vma) && !belongs_to_tool(vma))) add(vma);
  }
  Vma needed{page_of(access.va), page_of(end - 1) + kWorkloadPage, !access.write, access.write, false, ""};
  if (!covers(access)) add(needed);
}

std::vector<Vma> MemoryMap::areas() const {
  std::vector<Vma> joined;
  for (const auto& [start, vma] : areas_) {
    if (!joined.empty()) {
      Vma& last = joined.back();
      if (last.end == start && last.name == vma.name && last.read == vma.read && last.write == vma.write &&
          last.execute == vma.execute) {
        last.end = vma.end;
        continue;
      }
    }
    joined.push_back(vma);
  }
  return joined;
}

void split_access(const std::vector<Vma>& vmas, const Access& access, std::vector<Access>& pieces) {
  Access rest = access;
  while (rest.bytes != 0) {
    const Vma* vma = find_vma(vmas, rest.va, 1);
    assert(vma != nullptr);
    const u64 room = std::min<u64>(vma->end - rest.va, kMaxAccessBytes);
    const auto bytes = static_cast<u32>(std::min<u64>(rest.bytes, room));
    pieces.push_back({rest.va, bytes, rest.write});
    rest.va += bytes;
    rest.bytes -= bytes;
  }
}

}  // namespace smmu_vp::tb

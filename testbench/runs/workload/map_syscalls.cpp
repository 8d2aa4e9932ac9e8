// The effects of mmap, munmap, mprotect, mremap, brk and madvise as Linux documents them.
#include "testbench/runs/workload/map_syscalls.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace smmu_vp::tb {

namespace {

using trace_text::Syscall;
using Kind = MapEvent::Kind;
using Events = std::vector<MapEvent>;

constexpr u64 kMuch = u64{1} << 30;

constexpr u64 whole_pages(u64 bytes) {
  return (bytes + kWorkloadPage - 1) / kWorkloadPage * kWorkloadPage;
}

// On x86, writable or executable memory is also readable.
Rights rights_of(u64 prot) {
  return {.read = (prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0,
          .write = (prot & PROT_WRITE) != 0,
          .execute = (prot & PROT_EXEC) != 0};
}

// Whether the range lies below kWorkloadEnd, as every range of a program recorded on x86-64 does.
bool representable(u64 start, u64 bytes) {
  return bytes != 0 && start % kWorkloadPage == 0 && bytes <= kWorkloadEnd && start <= kWorkloadEnd - bytes;
}

Events unmapped(u64 start, u64 bytes) {
  if (!representable(start, bytes)) return {};
  return {{Kind::kUnmap, {start, start + bytes, {}, ""}}};
}

// A new mapping replaces existing ones.
Events replaced(const Vma& area, const MemoryMap& map) {
  Events events;
  if (!map.within(area.start, area.end).empty()) events = unmapped(area.start, area.end - area.start);
  events.push_back({Kind::kMap, area});
  return events;
}

// Calls `known(area)` for each mapped part of [start, end) and `gap(from, to)` for the others, ascending.
template <typename Known, typename Gap>
void each_part(const MemoryMap& map, u64 start, u64 end, Known known, Gap gap) {
  u64 at = start;
  for (Vma vma : map.within(start, end)) {
    vma.start = std::max(vma.start, start);
    vma.end = std::min(vma.end, end);
    if (at < vma.start) gap(at, vma.start);
    at = vma.end;
    known(vma);
  }
  if (at < end) gap(at, end);
}

// The call succeeded, so parts that are not known to be mapped must be mapped too.
Events protect(u64 start, u64 bytes, const Rights& rights, const MemoryMap& map) {
  Events events;
  if (!representable(start, bytes)) return events;
  bool known = false;
  each_part(
      map, start, start + bytes, [&](const Vma&) { known = true; },
      [&](u64 from, u64 to) {
        events.push_back({Kind::kMap, {from, to, rights, ""}});
      });
  if (known) events.push_back({Kind::kProtect, {start, start + bytes, rights, ""}});
  return events;
}

// MADV_DONTNEED: the pages stay mapped, but with fresh contents.
Events emptied(u64 start, u64 bytes, const MemoryMap& map) {
  Events events;
  if (!representable(start, bytes)) return events;
  each_part(
      map, start, start + bytes,
      [&](const Vma& vma) {
        events.push_back({Kind::kUnmap, {vma.start, vma.end, {}, ""}});
        events.push_back({Kind::kMap, vma});
      },
      [](u64, u64) {});
  return events;
}

}  // namespace

Events MapSyscalls::events_of(const Syscall& call, const MemoryMap& map) {
  if (!call.ended) {
    unfinished_[call.thread] = {std::string(call.name), call.args};
    return {};
  }
  if (call.name.empty()) {
    const auto unfinished = unfinished_.extract(call.thread);
    if (unfinished.empty()) return {};
    Syscall whole = call;
    whole.name = unfinished.mapped().name;
    whole.args = unfinished.mapped().args;
    return whole.name.empty() ? Events{} : events_of(whole, map);
  }
  const std::vector<u64>& a = call.args;
  if (call.name == "sys_brk") return a.size() == 1 && call.ok ? break_moved(call.result, map) : Events{};
  if (!call.ok) {
    refused(call);
    return {};
  }
  if (call.name == "sys_mmap" || call.name == "sys_mmap2") return mapped(call, map);
  if (call.name == "sys_munmap" && a.size() >= 2) return unmapped(a[0], whole_pages(a[1]));
  if (call.name == "sys_mprotect" && a.size() >= 3)
    return protect(a[0], whole_pages(a[1]), rights_of(a[2]), map);
  if (call.name == "sys_mremap" && a.size() >= 4) return moved(call, map);
  if (call.name == "sys_madvise" && a.size() >= 3 && a[2] == MADV_DONTNEED)
    return emptied(a[0], whole_pages(a[1]), map);
  return {};
}

void MapSyscalls::refused(const Syscall& call) {
  const std::size_t at = call.name == "sys_mremap"                             ? 2
                         : call.name == "sys_mmap" || call.name == "sys_mmap2" ? 1
                                                                               : call.args.size();
  if (at < call.args.size() && call.args[at] >= kMuch)
    refused_bytes_ = std::max(refused_bytes_, call.args[at]);
}

Events MapSyscalls::mapped(const Syscall& call, const MemoryMap& map) {
  if (call.args.size() < 4) return {};
  const u64 start = call.result, bytes = whole_pages(call.args[1]);
  if (!representable(start, bytes)) return {};
  const bool anonymous = (call.args[3] & MAP_ANONYMOUS) != 0;
  return replaced({start, start + bytes, rights_of(call.args[2]), anonymous ? "" : name_of_file_(start)},
                  map);
}

// The real program keeps the bytes when it moves an area. In a replay the new area has fresh contents.
Events MapSyscalls::moved(const Syscall& call, const MemoryMap& map) {
  const u64 from = call.args[0], old_bytes = whole_pages(call.args[1]);
  const u64 to = call.result, bytes = whole_pages(call.args[2]);
  const Vma* old = map.find(from, 1);
  if (old == nullptr || !representable(from, std::max(old_bytes, kWorkloadPage)) || !representable(to, bytes))
    return {};
  Vma area = *old;
  area.start = to;
  area.end = to + bytes;
  if (to == from) {
    if (bytes <= old_bytes) return unmapped(from + bytes, old_bytes - bytes);
    area.start = from + old_bytes;
    return replaced(area, map);
  }
  Events events;
  if ((call.args[3] & MREMAP_DONTUNMAP) == 0) events = unmapped(from, old_bytes);
  for (MapEvent& event : replaced(area, map)) events.push_back(std::move(event));
  return events;
}

Events MapSyscalls::break_moved(u64 end, const MemoryMap& map) {
  const std::optional<u64> before = std::exchange(break_, end);
  if (!before) return {};
  const u64 from = whole_pages(*before), to = whole_pages(end);
  if (to < from) return unmapped(to, from - to);
  Events events;
  if (to > from && representable(from, to - from)) {
    each_part(
        map, from, to, [](const Vma&) {},
        [&](u64 start, u64 stop) {
          events.push_back({Kind::kMap, {start, stop, {true, true, false}, "[heap]"}});
        });
  }
  return events;
}

}  // namespace smmu_vp::tb

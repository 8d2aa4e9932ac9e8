// Facts announced by the operating system, its drivers, scenarios and monitors.
#pragma once

#include "tlm/spec/pasid_lifetime.h"
#include "tlm/spec/world.h"
#include "tlm/trace/fact.h"
#include "tlm/trace/facts_os_kinds.h"

namespace smmu_vp::trace {

// ---- Operating system: actions of mm and the drivers
struct PageAllocated {
  u64 pa, pages;
  PageUse use;
  u64 owner;  // mm id, 0 for the kernel
  SMMU_VP_FACT("os.page_alloc") {
    f("pa", Hex{pa}), f("pages", pages), f("use", to_string(use)), f("owner", owner);
  }
};
struct PageFreed {
  u64 pa, pages;
  SMMU_VP_FACT("os.page_free") { f("pa", Hex{pa}), f("pages", pages); }
};
// A CPU's store to pages of use kStructure has reached memory, where the SMMU can read it: the aligned eight
// bytes at `pa` after the store.
struct StructureStore {
  u64 pa, value;
  SMMU_VP_FACT("os.structure_store") { f("pa", Hex{pa}), f("value", Hex{value}); }
};
struct MmCreated {
  u64 mm, pgd;
  std::string name;
  SMMU_VP_FACT("mm.create") { f("mm", mm), f("pgd", Hex{pgd}), f("name", std::string_view{name}); }
};
// A leaf mapping was installed, or (writable) changed; the next: one was removed or
// reduced. `bytes` is the leaf's size.
struct PageMapped {
  u64 mm, va, pa, bytes;
  bool writable;
  SMMU_VP_FACT("mm.map") {
    f("mm", mm), f("va", Hex{va}), f("pa", Hex{pa}), f("bytes", bytes), f("writable", writable);
  }
};
struct PageUnmapped {
  u64 mm, va, pa, bytes;
  bool now_read_only;  // still mapped, write right removed
  SMMU_VP_FACT("mm.unmap") {
    f("mm", mm), f("va", Hex{va}), f("pa", Hex{pa}), f("bytes", bytes), f("now_read_only", now_read_only);
  }
};
// Secondary TLB invalidation through the mm notifier. After `end`, no old translation
// of [start, end) may be used.
struct InvalidateBegin {
  u64 mm, start, end;
  SMMU_VP_FACT("mm.invalidate_begin") { f("mm", mm), f("start", Hex{start}), f("end", Hex{end}); }
};
struct InvalidateEnd {
  u64 mm, start, end;
  SMMU_VP_FACT("mm.invalidate_end") { f("mm", mm), f("start", Hex{start}), f("end", Hex{end}); }
};
// The mm notifier's release: after its end nothing of this mm may be used or walked.
struct ReleaseBegin {
  u64 mm;
  SMMU_VP_FACT("mm.release_begin") { f("mm", mm); }
};
struct ReleaseEnd {
  u64 mm;
  SMMU_VP_FACT("mm.release_end") { f("mm", mm); }
};
struct PageTablesFreed {
  u64 mm;
  SMMU_VP_FACT("mm.page_tables_freed") { f("mm", mm); }
};
struct PasidAllocated {
  u32 pasid;
  u64 mm;
  SMMU_VP_FACT("sva.pasid_alloc") { f("pasid", pasid), f("mm", mm); }
};
struct PasidFreed {
  u32 pasid;
  u64 mm;
  SMMU_VP_FACT("sva.pasid_free") { f("pasid", pasid), f("mm", mm); }
};
// The phase of (sid, pasid) that the driver has established (docs/pasid_lifetime.md).
struct PasidPhase {
  u32 sid, pasid;
  u64 mm;
  u32 asid;
  spec::Phase phase;
  u32 vmid = 0;
  spec::World world = spec::World::kNsEl1;  // the tag of its translations besides the ASID
  spec::Requester who() const { return {sid, pasid}; }
  SMMU_VP_FACT("sva.phase") {
    f("sid", Hex{sid}), f("pasid", pasid), f("mm", mm), f("asid", asid), f("phase", number(phase));
    f("vmid", vmid), f("world", to_string(world));
  }
};
// The driver blocks a device that does not respond: its STE aborts from here on, and takes effect once
// CMD_CFGI_STE for it is synchronised.
struct StreamBlocked {
  u32 sid;
  SMMU_VP_FACT("sva.blocked") { f("sid", Hex{sid}); }
};
// A fault group that the OS handles.
struct FaultGroupBegin {
  u32 sid, pasid, group;
  FaultSource source;
  u64 address;
  spec::Requester who() const { return {sid, pasid}; }
  SMMU_VP_FACT("iopf.begin") {
    f("sid", Hex{sid}), f("pasid", pasid), f("group", group), f("source", to_string(source)),
        f("address", Hex{address});
  }
};
struct FaultGroupEnd {
  u32 sid, pasid, group;
  FaultSource source;
  FaultResponse response;
  spec::Requester who() const { return {sid, pasid}; }
  SMMU_VP_FACT("iopf.end") {
    f("sid", Hex{sid}), f("pasid", pasid), f("group", group), f("source", to_string(source)),
        f("response", to_string(response));
  }
};
// A timed operation of the driver or OS: bind, mm_release, unbind, invalidate_range, page_fault, ...; part is
// empty for the whole operation. Announced when it ends.
struct Operation {
  std::string_view name;
  std::string_view part;
  u64 id;
  u64 begin_ps, end_ps;
  SMMU_VP_FACT("op") {
    f("name", name), f("part", part), f("id", id), f("begin_ps", begin_ps), f("end_ps", end_ps);
  }
};
struct KernelLog {
  LogLevel level;
  std::string text;
  SMMU_VP_FACT("os.printk") { f("level", to_string(level)), f("text", std::string_view{text}); }
};

// ---- Scenario and monitors
struct Note {
  std::string text;
  SMMU_VP_FACT("scenario.note") { f("text", std::string_view{text}); }
};
// The part of its work that a driver of one's own is in from now on; empty: none that it names.
struct DriverPhase {
  std::string name;
  SMMU_VP_FACT("driver.phase") { f("name", std::string_view{name}); }
};
struct Violation {
  std::string_view monitor;
  std::string what;
  SMMU_VP_FACT("monitor.violation") { f("monitor", monitor), f("what", std::string_view{what}); }
};

}  // namespace smmu_vp::trace

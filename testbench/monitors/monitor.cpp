// The list of monitors, and what all of them share: keeping and announcing violations.
#include "testbench/monitors/monitor.h"

#include <array>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

constexpr std::array kMonitors = {
    MonitorInfo{
        "stale_translation", "no device uses a translation after its invalidation was synced",
        "Every access a PASID's translation leads to uses a page that the process maps at that address, or "
        "that it unmapped without the invalidation having ended; after mm.invalidate_end of a range that "
        "covers it, or mm.release_end, the old page (or the old right to write) must not be used again, by "
        "transactions begun before it either.",
        "4.7.3, 3.9.1"},
    MonitorInfo{
        "freed_table_walk", "no walk reads a page that is not a live page table of the process",
        "A walk reads only pages that are allocated as page tables, and not those of another process.",
        "3.21, 4.7.3"},
    MonitorInfo{
        "ownership", "no PASID reaches memory its process does not own",
        "Every translation for a PASID leads to a page allocated as memory of that PASID's process: never "
        "the kernel's, a page table, a free page, or another process's.",
        "design: PASID lifetime"},
    MonitorInfo{
        "isolation", "no device reaches memory of a process that is not bound to its PASID",
        "Whatever the device does, an access leads to memory of a process only with a PASID of that process, "
        "bound to that device. Translated requests under full ATS and requests that bypass stage 1 are the "
        "device's to misuse: they are counted and named.",
        "3.9.1.1, 5.2, 5.5"},
    MonitorInfo{
        "prg_answered", "each page-request group is answered exactly once",
        "A group whose last request was issued gets one response before its index is used again and by the "
        "end; no response comes for a group that is not complete, nor for Stop Markers.",
        "8.1, 8.2"},
    MonitorInfo{
        "drained_at_unbind", "no fault of a PASID is still under way when it is unbound",
        "When a PASID reaches phase 3 on a device, its queued page-request groups are answered, its fault "
        "groups ended and its stalls resumed: nothing can be answered late or served in another process.",
        "design: PASID lifetime; 8.2"},
    MonitorInfo{
        "pasid_freed_clean", "no PASID is freed with anything of it outstanding",
        "When a PASID is freed every device it was bound to is in phase 3, and no transaction, stall, device "
        "job, page-request group, fault group or ATC invalidation of it is outstanding.",
        "design: PASID lifetime"},
    MonitorInfo{
        "phase_silence", "phase 2 is silent, phase 3 is loud",
        "In phase 2 no event is recorded, no stall begins and no error is logged for the PASID. In phase 3 "
        "each untranslated DMA with the PASID is aborted and leaves a configuration-error event, unless "
        "events were lost to a full queue.",
        "5.4, 5.5, 7.3, 4.7.3"},
    MonitorInfo{"sync_completes", "every CMD_SYNC completes, and not before older transactions",
                "Each CMD_SYNC that began ends or raises a command error; no transaction older than it "
                "succeeds after "
                "it, except those that had stalled.",
                "4.7.3"},
    MonitorInfo{
        "invalidation_order", "TLB first, then ATC, each synced, before an invalidation ends",
        "When an invalidation of a bound process ends, each page unmapped before it began has seen a TLB "
        "invalidation, and each device that obtained translations by ATS an ATC invalidation sent after "
        "that TLB invalidation was synced, itself synced.",
        "3.9.1, 4.5.1"},
    MonitorInfo{
        "structure_update", "STEs, CDs and their tables change only as the SMMU may read them",
        "Between two synchronised invalidations of a reachable structure at most one word of it changes "
        "where it "
        "matters; every change is invalidated and synced before a phase relies on it and before the end; "
        "reachable tables stay allocated.",
        "3.21.3"},
    MonitorInfo{"cache_lockstep", "RTL and reference caches agree",
                "No lockstep comparison differs and no RTL assertion fails.", "design: translation cache"},
};

constexpr std::array<MakeMonitor, kMonitors.size()> kMakers = {
    make_stale_translation, make_freed_table_walk,   make_ownership,         make_isolation,
    make_prg_answered,      make_drained_at_unbind,  make_pasid_freed_clean, make_phase_silence,
    make_sync_completes,    make_invalidation_order, make_structure_update,  make_cache_lockstep,
};

}  // namespace

void Monitor::report(u64 t_ps, std::string what, std::optional<u32> pasid, std::optional<u64> address) {
  ++violation_count_;
  if (violations_.size() == kKept) return;
  bus_.announce(trace::Violation{info_.name, what});
  violations_.push_back({t_ps, std::move(what), pasid, address});
}

std::span<const MonitorInfo> monitor_list() {
  return kMonitors;
}

std::vector<std::unique_ptr<Monitor>> make_monitors(trace::Bus& bus) {
  const auto shadows = std::make_shared<Shadows>(bus);
  std::vector<std::unique_ptr<Monitor>> monitors;
  for (std::size_t i = 0; i < kMonitors.size(); ++i)
    monitors.push_back(kMakers[i](bus, kMonitors[i], shadows));
  return monitors;
}

}  // namespace smmu_vp::tb

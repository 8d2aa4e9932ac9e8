// stale_translation. When an access goes to memory by a PASID's translation, it uses a page that the process
// maps there, or one whose invalidation has not ended yet (address_space.cpp). The end of an invalidation
// applies to transactions that began before it too: its CMD_SYNC had to wait for them (4.7.3), as the ATC had
// to (3.9.1). Three checks:
// - smmu.translated of untranslated DMA and of Translation Requests: by the requested address. A Translation
//   Request that asks to write may be answered read-only, so the right to write is checked when it is used.
// - smmu.translated of a Translated access carries only the physical address: some page must lead there.
// - dev.access of a Translated access has the device's own address: that page must not have been gone for the
//   whole duration of the access. This finds a page that is mapped again elsewhere in the same process. The
//   duration is generous: a device that posts a write is done with the translation before it reports the
//   write.
// A PASID whose process is unknown is not checked; a freed PASID has no valid translation.
#include <fmt/format.h>

#include "testbench/observe/monitors/address_space.h"
#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "stale_translation",
    .description = "no device uses a translation after its invalidation was synced",
    .rule =
        "Every access a PASID's translation leads to uses a page that the process maps at that "
        "address, or that it unmapped without the invalidation having ended; after "
        "mm.invalidate_end of a range that covers it, or mm.release_end, the old page (or the old "
        "right to write) must not be used again, by transactions begun before it either.",
    .section = "4.7.3, 3.9.1",
    .facts = "mm.*, smmu.translated, dev.access",
    .finds =
        "TLBI or ATC_INV left out; a fill that outlived an invalidation; CMD_SYNC that did not "
        "wait",
};

class StaleTranslation final : public Monitor {
 public:
  StaleTranslation(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    listen_to_memory(bus);
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) { on_translated(f, t_ps); });
    bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64 t_ps) { on_access(f, t_ps); });
  }

 private:
  void listen_to_memory(trace::Bus& bus) {
    bus.on<trace::MmCreated>([this](const trace::MmCreated& f, u64) { spaces_[f.mm] = AddressSpace{}; });
    bus.on<trace::PageMapped>([this](const trace::PageMapped& f, u64 t_ps) { spaces_[f.mm].map(f, t_ps); });
    bus.on<trace::PageUnmapped>([this](const trace::PageUnmapped& f, u64) { spaces_[f.mm].unmap(f); });
    bus.on<trace::InvalidateBegin>(
        [this](const trace::InvalidateBegin& f, u64) { spaces_[f.mm].begin_invalidation(f.start, f.end); });
    bus.on<trace::InvalidateEnd>([this](const trace::InvalidateEnd& f, u64 t_ps) {
      spaces_[f.mm].end_invalidation(f.start, f.end, t_ps);
    });
    bus.on<trace::ReleaseEnd>([this](const trace::ReleaseEnd& f, u64 t_ps) { spaces_[f.mm].release(t_ps); });
  }

  void on_translated(const trace::Translated& f, u64 t_ps) {
    if (!f.who.pasid || !shadows_->pasids.known(*f.who.pasid)) return;
    if (f.kind == At::kTranslated && shadows_->rogues.contains(f.who.sid)) return;
    judge();
    const u64 mm = shadows_->pasids.mm_of(*f.who.pasid);
    const auto accuse = [&](std::string_view wrong) {
      const std::optional<u64> address = shadows_->address_of(f);
      report(
          t_ps,
          fmt::format("PASID {} {} {} ({}, StreamID {:#x}, transaction {}): {}", *f.who.pasid,
                      f.write ? "writes" : "reads", place_text(address, f.pa), to_string(f.kind), f.who.sid,
                      f.transaction, wrong),
          {.sid = f.who.sid, .pasid = f.who.pasid, .address = address, .physical = f.pa, .write = f.write});
    };
    if (mm == 0) return accuse("the PASID is free");

    const AddressSpace* space = spaces_.find(mm);
    if (space == nullptr) return;
    const bool write = f.write && f.kind != At::kTranslationRequest;
    const u64 last = last_page(f.pa, f.bytes);
    u64 page = first_page(f.va);
    for (u64 target = first_page(f.pa); target <= last; ++target, ++page) {
      const bool good = f.kind == At::kTranslated ? space->permits_any(target, write)
                                                  : space->permits({.page = page, .target = target}, write) &&
                                                        f.va % kPageBytes == f.pa % kPageBytes;
      if (!good) return accuse("the process does not map it so, and the invalidation has ended");
    }
  }

  void on_access(const trace::DeviceAccess& f, u64 t_ps) {
    if (!f.who.pasid || f.kind != At::kTranslated || f.status != spec::DmaStatus::kSuccess ||
        shadows_->rogues.contains(f.who.sid))
      return;
    const AddressSpace* space = spaces_.find(shadows_->pasids.mm_of(*f.who.pasid));
    if (space == nullptr) return;
    judge();
    const u64 began_ps = t_ps - std::min(t_ps, f.latency_ps);
    const u64 last = last_page(f.va, f.bytes);
    for (u64 page = first_page(f.va); page <= last; ++page) {
      if (!space->gone_since(page, f.write, began_ps)) continue;
      report(t_ps,
             fmt::format(
                 "PASID {} {} {:#x} through the ATC of StreamID {:#x}: the invalidation of that page ended "
                 "before the access began",
                 *f.who.pasid, f.write ? "wrote" : "read", f.va, f.who.sid),
             {.sid = f.who.sid, .pasid = f.who.pasid, .address = f.va, .write = f.write});
      return;
    }
  }

  SharedShadows shadows_;
  FlatMap<AddressSpace> spaces_;
};

}  // namespace

MonitorEntry monitors::stale_translation() {
  return entry_of<StaleTranslation>(kInfo);
}

}  // namespace smmu_vp::tb

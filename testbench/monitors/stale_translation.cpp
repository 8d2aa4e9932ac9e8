// stale_translation. The rule: an access that a PASID's translation leads to, at the moment it goes to
// memory, uses a page the process maps there, or one whose removal is still in its grace
// (address_space.cpp). Ended invalidations bind transactions begun before them too: their CMD_SYNC had to
// wait (4.7.3), as the ATC had to (3.9.1). Three judgements:
//  - smmu.translated of untranslated DMA and of translation requests: by the address asked for. What a
//    translation request asks to write may be answered read-only, so its right to write is judged when it
//    is used.
//  - smmu.translated of a translated access carries the physical address only: some page must lead there.
//  - dev.access of a translated access knows the device's own address: that page must not have been gone
//    for the whole time of the access. This is what catches a page that has come back elsewhere in the same
//    process. The time of the access is generous; a device that posts a write finished with the translation
//    before it says so.
// A PASID whose process is not known from facts is not judged; one that was freed translates nothing.
#include <fmt/format.h>

#include "testbench/monitors/address_space.h"
#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class StaleTranslation final : public Monitor {
 public:
  StaleTranslation(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    listen_to_memory(bus);
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) { on_translated(f, t_ps); });
    bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64 t_ps) { on_access(f, t_ps); });
  }

 private:
  void listen_to_memory(trace::Bus& bus) {
    bus.on<trace::MmCreated>([this](const trace::MmCreated& f, u64) { spaces_[f.mm] = AddressSpace{}; });
    bus.on<trace::PageMapped>([this](const trace::PageMapped& f, u64 t_ps) {
      spaces_[f.mm].map(f.va, f.pa, f.bytes, f.writable, t_ps);
    });
    bus.on<trace::PageUnmapped>([this](const trace::PageUnmapped& f, u64) {
      spaces_[f.mm].unmap(f.va, f.pa, f.bytes, f.now_read_only);
    });
    bus.on<trace::InvalidateBegin>(
        [this](const trace::InvalidateBegin& f, u64) { spaces_[f.mm].begin_invalidation(f.start, f.end); });
    bus.on<trace::InvalidateEnd>([this](const trace::InvalidateEnd& f, u64 t_ps) {
      spaces_[f.mm].end_invalidation(f.start, f.end, t_ps);
    });
    bus.on<trace::ReleaseEnd>([this](const trace::ReleaseEnd& f, u64 t_ps) { spaces_[f.mm].release(t_ps); });
  }

  void on_translated(const trace::Translated& f, u64 t_ps) {
    if (!f.ssv || !shadows_->pasids.known(f.ssid)) return;
    if (kind_of(f.kind) == Kind::kTranslated && shadows_->rogues.contains(f.sid)) return;
    judge();
    const u64 mm = shadows_->pasids.mm_of(f.ssid);
    if (mm == 0) {
      report(
          t_ps,
          fmt::format("PASID {} is free, but transaction {} (StreamID {:#x}) was translated: {:#x} to {:#x}",
                      f.ssid, f.transaction, f.sid, f.va, f.pa),
          f.ssid, f.va);
      return;
    }
    const AddressSpace* space = spaces_.find(mm);
    if (space == nullptr) return;
    const Kind kind = kind_of(f.kind);
    const bool write = f.write && kind != Kind::kTranslationRequest;
    const u64 last = last_page(f.pa, f.bytes);
    u64 page = first_page(f.va);
    for (u64 target = first_page(f.pa); target <= last; ++target, ++page) {
      const bool good = kind == Kind::kTranslated
                            ? space->permits_any(target, write)
                            : space->permits(page, target, write) && f.va % kPageBytes == f.pa % kPageBytes;
      if (good) continue;
      report(t_ps,
             fmt::format(
                 "PASID {} {} {:#x} at physical {:#x} ({}, StreamID {:#x}, transaction {}): the process does "
                 "not map it so, and the invalidation has ended",
                 f.ssid, f.write ? "writes" : "reads", f.va, f.pa, f.kind, f.sid, f.transaction),
             f.ssid, f.va);
      return;
    }
  }

  void on_access(const trace::DeviceAccess& f, u64 t_ps) {
    if (!f.ssv || kind_of(f.kind) != Kind::kTranslated || f.status != "ok" ||
        shadows_->rogues.contains(f.sid))
      return;
    const AddressSpace* space = spaces_.find(shadows_->pasids.mm_of(f.ssid));
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
                 f.ssid, f.write ? "wrote" : "read", f.va, f.sid),
             f.ssid, f.va);
      return;
    }
  }

  SharedShadows shadows_;
  FlatMap<AddressSpace> spaces_;
};

}  // namespace

std::unique_ptr<Monitor> make_stale_translation(trace::Bus& bus, const MonitorInfo& info,
                                                const SharedShadows& shadows) {
  return std::make_unique<StaleTranslation>(bus, info, shadows);
}

}  // namespace smmu_vp::tb

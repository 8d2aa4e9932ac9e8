// A history told by hand: facts announced one after the other, and what the monitors made of them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "testbench/monitors/monitor.h"

namespace smmu_vp::tb::test {

inline constexpr u32 kSid = 0x100, kPasid = 1, kAsid = 7;
inline constexpr u64 kMm = 3, kVa = 0x7f00'0000'0000, kPa = 0x8'0000'0000, kPage = 4096;

class History {
 public:
  template <typename F>
  History& add(const F& fact) {
    now_ += 1000;
    bus_.announce(fact);
    return *this;
  }
  // As add, but at the same instant as the fact before.
  template <typename F>
  History& at_once(const F& fact) {
    bus_.announce(fact);
    return *this;
  }
  History& wait(u64 ps) {
    now_ += ps;
    return *this;
  }
  void finish() {
    for (const auto& monitor : monitors_) monitor->finish(now_);
  }
  u64 now() const { return now_; }

  const Monitor& monitor(std::string_view name) const {
    const auto it =
        std::find_if(monitors_.begin(), monitors_.end(), [&](const auto& m) { return m->name() == name; });
    REQUIRE(it != monitors_.end());
    return **it;
  }
  u64 violations(std::string_view name) const { return monitor(name).violation_count(); }
  // Whether the only violation of `name` says `text`.
  bool says(std::string_view name, std::string_view text) const {
    const auto& all = monitor(name).violations();
    return all.size() == 1 && all[0].what.find(text) != std::string::npos;
  }
  // All monitors together: a legal history must please every one.
  u64 violations() const {
    u64 sum = 0;
    for (const auto& m : monitors_) {
      for (const Violation& v : m->violations()) MESSAGE(m->name(), ": ", v.what);
      sum += m->violation_count();
    }
    return sum;
  }

  // A process with one page of memory, bound to one device.
  History& process(u64 mm = kMm, u64 pa = kPa) {
    add(trace::MmCreated{mm, 0x9'0000'0000 + mm * kPage, "p"});
    add(trace::PageAllocated{0x9'0000'0000 + mm * kPage, 1, "page_table", mm});
    add(trace::PageAllocated{pa, 1, "process", mm});
    return add(trace::PageMapped{mm, kVa, pa, kPage, true});
  }
  History& bound(u64 mm = kMm, u32 pasid = kPasid) {
    add(trace::PasidAllocated{pasid, mm});
    return phase(1, mm, pasid);
  }
  History& phase(int phase, u64 mm = kMm, u32 pasid = kPasid) {
    return add(trace::PasidPhase{kSid, pasid, mm, kAsid, phase});
  }
  History& begin(u64 transaction, std::string_view kind = "untranslated", u64 va = kVa) {
    return add(trace::TransactionBegin{transaction, 0, kSid, kPasid, true, kind, va, 64, false});
  }
  History& end(u64 transaction, std::string_view result = "ok") {
    return add(trace::TransactionEnd{transaction, result});
  }
  History& translated(u64 pa = kPa, bool write = false, std::string_view kind = "untranslated", u64 va = kVa,
                      u64 transaction = 1) {
    return add(trace::Translated{transaction, kSid, kPasid, true, kAsid, va, pa, 64, write, kind});
  }
  History& device_access(u64 latency_ps, bool write = false, u64 va = kVa) {
    return add(trace::DeviceAccess{kSid, kPasid, true, "translated", va, 64, write, "ok", latency_ps});
  }
  History& unmap(bool now_read_only = false, u64 va = kVa, u64 pa = kPa) {
    return add(trace::PageUnmapped{kMm, va, pa, kPage, now_read_only});
  }
  History& invalidate_begin(u64 va = kVa) { return add(trace::InvalidateBegin{kMm, va, va + kPage}); }
  History& invalidate_end(u64 va = kVa) { return add(trace::InvalidateEnd{kMm, va, va + kPage}); }
  History& tlbi(u64 va = kVa) {
    return add(trace::TlbInvalidated{"CMD_TLBI_NH_VA", 0, kAsid, true, true, va, va + kPage - 1, 0, 0});
  }
  History& tlbi_asid() {
    return add(trace::TlbInvalidated{"CMD_TLBI_NH_ASID", 0, kAsid, false, true, 0, ~u64{0}, 0, 0});
  }
  History& broadcast(u64 va = kVa) {
    return add(trace::TlbInvalidated{"broadcast", 0, kAsid, true, true, va, va + kPage - 1, 0, 0});
  }
  History& broadcast_sync(u64 below = 0) {
    return add(trace::BroadcastSyncBegin{broadcast_sync_, below})
        .add(trace::BroadcastSyncEnd{broadcast_sync_++});
  }
  History& sync(u64 below = 0) {
    return add(trace::SyncBegin{sync_index_, below}).add(trace::SyncEnd{sync_index_++});
  }
  History& atc_inv(u64 va = kVa, u32 log2_size = 12) {
    add(trace::AtcInvalidateSent{kSid, kPasid, 5, true, va, log2_size});
    return add(trace::AtcInvalidateDone{kSid, 5, false});
  }
  History& ats_granted() {
    return add(trace::AtsCompletion{kSid, kPasid, kVa, kPa, 12, true, true, "Success"});
  }
  // The whole of an unmap as it should be, up to the end of its invalidation.
  History& unmapped_properly() {
    return unmap().invalidate_begin().tlbi().sync().atc_inv().sync().invalidate_end();
  }

 private:
  u64 now_ = 0;
  u32 sync_index_ = 0;
  u64 broadcast_sync_ = 100;
  trace::Bus bus_{[this] { return now_; }};
  std::vector<std::unique_ptr<Monitor>> monitors_ = make_monitors(bus_);
};

}  // namespace smmu_vp::tb::test

// A history as a list of facts, and what the monitors found in it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "testbench/observe/monitors/monitor.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb::test {

using spec::EventId;
using spec::pcie::At;
using trace::TransactionResult;

inline constexpr u32 kSid = 0x100, kPasid = 1, kAsid = 7;
inline constexpr u64 kMm = 3, kVa = 0x7f00'0000'0000, kPa = 0x8'0000'0000, kPage = 4096;
inline constexpr spec::Requester kWho{kSid, kPasid};

// A request of a function with PRG Response PASID Required, and its response.
inline trace::PageRequestIssued request(u32 index, bool last, bool write = true) {
  return {.who = kWho,
          .prg_index = index,
          .address = kVa,
          .intent = {.read = write, .write = write},
          .last = last,
          .response_needs_pasid = true};
}
inline trace::PrgResponseReceived response(u32 index, u32 code = 0) {
  return {.who = kWho, .prg_index = index, .code = code, .expected = true};
}

// The RAM of a history: values that were stored, otherwise zero.
class HistoryMemory final : public MemoryView {
 public:
  u64& operator[](u64 pa) { return words_[pa]; }
  std::optional<u64> word(u64 pa) const override {
    const auto found = words_.find(pa);
    return found == words_.end() ? 0 : found->second;
  }

 private:
  std::map<u64, u64> words_;
};

// An SMMUv3.2 of stage 1 with ATS, PRI and MSIs, 16-bit StreamIDs and 20-bit SubstreamIDs, queues of up to 2^8 entries,
// and 48-bit output addresses.
inline u32 stage1_id_register(u32 offset) {
  const auto words = [](std::initializer_list<std::pair<spec::Field, u64>> fields) {
    u64 word = 0;
    for (const auto& [field, value] : fields) word = field.set(word, value);
    return static_cast<u32>(word);
  };
  using namespace spec;
  switch (offset) {
    case offset::IDR0:
      return words({{IDR0::S1P, 1},
                    {IDR0::ATS, 1},
                    {IDR0::PRI, 1},
                    {IDR0::MSI, 1},
                    {IDR0::ASID16, 1},
                    {IDR0::ST_LEVEL, kStLevelTwo}});
    case offset::IDR1:
      return words({{IDR1::SIDSIZE, 16},
                    {IDR1::SSIDSIZE, 20},
                    {IDR1::CMDQS, 8},
                    {IDR1::EVENTQS, 8},
                    {IDR1::PRIQS, 8}});
    case offset::IDR3:
      return words({{IDR3::RIL, 1}});
    case offset::IDR5:
      return words({{IDR5::OAS, 5}});
    case offset::AIDR:
      return words({{AIDR::ArchMinorRev, 2}});
    default:
      return 0;
  }
}
inline MachineTraits stage1_machine() {
  MachineTraits machine;
  machine.id_register = stage1_id_register;
  return machine;
}

class History {
 public:
  explicit History(const MachineTraits& machine = stage1_machine())
      : monitors_(make_monitors(bus_, machine, memory_)) {}

  HistoryMemory& memory() { return memory_; }

  template <typename F>
  History& add(const F& fact) {
    now_ += 1000;
    bus_.announce(fact);
    return *this;
  }
  // As add(), but at the same time as the previous fact.
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
  // Whether `name` found exactly one violation and its text contains `text`.
  bool says(std::string_view name, std::string_view text) const {
    const auto& all = monitor(name).violations();
    return all.size() == 1 && all[0].what.find(text) != std::string::npos;
  }
  // Violations of all monitors: a legal history has none.
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
    add(trace::PageAllocated{0x9'0000'0000 + mm * kPage, 1, trace::PageUse::kPageTable, mm});
    add(trace::PageAllocated{pa, 1, trace::PageUse::kProcess, mm});
    return add(trace::PageMapped{mm, kVa, pa, kPage, true});
  }
  History& bound(u64 mm = kMm, u32 pasid = kPasid) {
    add(trace::PasidAllocated{pasid, mm});
    return live(mm, pasid);
  }
  History& live(u64 mm = kMm, u32 pasid = kPasid) { return phase(spec::Phase::kLive, mm, pasid); }
  History& quiesced(u64 mm = kMm, u32 pasid = kPasid) { return phase(spec::Phase::kQuiesced, mm, pasid); }
  History& unbound(u64 mm = kMm, u32 pasid = kPasid) { return phase(spec::Phase::kUnbound, mm, pasid); }
  History& begin(u64 transaction, At kind = At::kUntranslated, u64 va = kVa) {
    return add(trace::TransactionBegin{transaction, 0, kWho, kind, va, 64, false});
  }
  History& end(u64 transaction, TransactionResult result = TransactionResult::kOk) {
    return add(trace::TransactionEnd{transaction, result});
  }
  History& translated(u64 pa = kPa, bool write = false, At kind = At::kUntranslated, u64 va = kVa,
                      u64 transaction = 1) {
    return add(trace::Translated{transaction, kWho, kAsid, va, pa, 64, write, kind});
  }
  History& device_access(u64 latency_ps, bool write = false, u64 va = kVa) {
    return add(trace::DeviceAccess{kWho, At::kTranslated, va, kPa, 64, write, spec::DmaStatus::kSuccess,
                                   latency_ps});
  }
  History& unmap(bool now_read_only = false, u64 va = kVa, u64 pa = kPa) {
    return add(trace::PageUnmapped{kMm, va, pa, kPage, now_read_only});
  }
  History& invalidate_begin(u64 va = kVa) { return add(trace::InvalidateBegin{kMm, va, va + kPage}); }
  History& invalidate_end(u64 va = kVa) { return add(trace::InvalidateEnd{kMm, va, va + kPage}); }
  History& tlbi(u64 va = kVa) {
    return add(
        trace::TlbInvalidated{spec::Opcode::CMD_TLBI_NH_VA, 0, kAsid, true, true, va, va + kPage - 1, 0, 0});
  }
  History& tlbi_asid() {
    return add(
        trace::TlbInvalidated{spec::Opcode::CMD_TLBI_NH_ASID, 0, kAsid, false, true, 0, ~u64{0}, 0, 0});
  }
  History& broadcast(u64 va = kVa) {
    return add(trace::TlbInvalidated{std::nullopt, 0, kAsid, true, true, va, va + kPage - 1, 0, 0});
  }
  History& broadcast_sync(u64 below = 0) {
    return add(trace::BroadcastSyncBegin{broadcast_sync_, below})
        .add(trace::BroadcastSyncEnd{broadcast_sync_++});
  }
  History& sync(u64 below = 0) {
    return add(trace::SyncBegin{sync_index_, below}).add(trace::SyncEnd{sync_index_++});
  }
  History& atc_inv(u64 va = kVa, u32 log2_size = 12) {
    add(trace::AtcInvalidateSent{kWho, 5, va, log2_size});
    return add(trace::AtcInvalidateDone{kSid, 5, false});
  }
  History& ats_granted() {
    return add(trace::AtsCompletion{kWho, kVa, kPa, 12, true, true, spec::DmaStatus::kSuccess});
  }
  // A complete correct unmap, up to the end of its invalidation.
  History& unmapped_properly() {
    return unmap().invalidate_begin().tlbi().sync().atc_inv().sync().invalidate_end();
  }

 private:
  History& phase(spec::Phase phase, u64 mm, u32 pasid) {
    return add(trace::PasidPhase{kSid, pasid, mm, kAsid, phase});
  }

  u64 now_ = 0;
  u32 sync_index_ = 0;
  u64 broadcast_sync_ = 100;
  trace::Bus bus_{[this] { return now_; }};
  HistoryMemory memory_;
  std::vector<std::unique_ptr<Monitor>> monitors_;
};

}  // namespace smmu_vp::tb::test

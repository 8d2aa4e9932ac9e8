// A history of a machine whose memory the monitors read: one stream, its contexts and tables in RAM, and what an SMMU
// announces that walks them. 4 KB pages, 48 bits, one last-level table for each address space.
#pragma once

#include "testbench/observe/monitors/hardware/descriptor_walk.h"
#include "tests/unit/monitors_history.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb::test {

// SMMUv3.2 as most are: both stages, ATS, 48 bits, 16-bit ASIDs and VMIDs, RIL.
inline MachineTraits machine_traits(u64 bbml = 0) {
  MachineTraits machine;
  machine.id_register = [bbml](u32 offset) -> u32 {
    using namespace spec;
    switch (offset) {
      case offset::IDR0:
        return static_cast<u32>(IDR0::S1P.mask() | IDR0::S2P.mask() | IDR0::ATS.mask() | IDR0::ASID16.mask() |
                                IDR0::VMID16.mask());
      case offset::IDR1:
        return static_cast<u32>(IDR1::SIDSIZE.set(0, 16) | IDR1::SSIDSIZE.set(0, 8));
      case offset::IDR3:
        return static_cast<u32>(IDR3::RIL.mask() | IDR3::BBML.set(0, bbml));
      case offset::IDR5:
        return static_cast<u32>(IDR5::OAS.set(0, 5));
      default:
        return 0;
    }
  };
  return machine;
}

struct Space {
  u32 pasid;
  u16 asid;
  u64 root;  // four tables from here on: levels 0 to 3
};
inline constexpr Space kFirst{kPasid, kAsid, 0x8100'0000}, kSecond{2, 9, 0x8200'0000};

class MachineHistory : public History {
 public:
  explicit MachineHistory(u64 bbml = 0) : History(machine_traits(bbml)) {
    namespace ste = spec::ste;
    spec::Ste s;
    ste::V.set(s.w, 1);
    ste::Config.set(s.w, ste::kConfigS1);
    ste::S1ContextPtr.set(s.w, kCds >> ste::S1ContextPtr.shift());
    ste::S1CDMax.set(s.w, 4);
    ste::EATS.set(s.w, ste::kEatsFull);
    put(kSteAt, s.w);
    enable(kFirst);
    enable(kSecond);
    add(trace::RegisterRead{spec::offset::STRTAB_BASE, kStrtab, 8});
    add(trace::RegisterRead{spec::offset::STRTAB_BASE_CFG, 9, 4});
    add(trace::RegisterRead{spec::offset::CR0, spec::CR0::SMMUEN.mask(), 4});  // enabled long ago
  }

  static u64 leaf(u64 pa, bool writable = true) {
    namespace vmsa = spec::vmsa;
    return pa | vmsa::kTableOrPage | vmsa::AF.mask() | vmsa::nG.mask() |
           vmsa::AP.set(0, vmsa::kApUnprivileged | (writable ? 0 : vmsa::kApReadOnly));
  }
  static constexpr u64 leaf_address(const Space& s, u64 va = kVa) {
    return s.root + 0x3000 + (va >> 12 & 511) * 8;
  }
  static constexpr u64 block_address(const Space& s) { return s.root + 0x2000 + (kVa >> 21 & 511) * 8; }
  static constexpr u64 cd_address(const Space& s) { return kCds + u64{s.pasid} * 64; }

  MachineHistory& store(u64 pa, u64 value) {
    memory()[pa] = value;
    return *this;
  }
  MachineHistory& map(const Space& s, u64 pa, u64 va = kVa) { return store(leaf_address(s, va), leaf(pa)); }
  MachineHistory& unmap_leaf(const Space& s, u64 va = kVa) { return store(leaf_address(s, va), 0); }

  // An access that misses in every cache: STE and CD are fetched, and the tables walked.
  MachineHistory& access(const Space& s, u64 va = kVa, bool hits_walk_cache = false) {
    const u64 transaction = begin_access(s, va);
    const Outcome met = walked(s, transaction, va, hits_walk_cache);
    if (met.valid)
      add(trace::Translated{transaction, who(s), s.asid, va, met.output, 64, false, At::kUntranslated});
    end(transaction, met.valid ? TransactionResult::kOk : TransactionResult::kAborted);
    return *this;
  }
  // One that a TLB answers.
  MachineHistory& hit(const Space& s, u64 pa, u64 va = kVa) {
    const u64 transaction = begin_access(s, va);
    add(trace::Translated{transaction, who(s), s.asid, va, pa, 64, false, At::kUntranslated});
    end(transaction);
    return *this;
  }
  // A Translation Request, its completion naming `pa`.
  MachineHistory& ats(const Space& s, u64 pa, u64 va = kVa) {
    const u64 transaction = next_++;
    add(trace::TransactionBegin{transaction, 0, who(s), At::kTranslationRequest, va, 0, false});
    walked(s, transaction, va, false);
    add(trace::AtsGranted{
        transaction, who(s), va, {.address = pa, .log2_size = 12, .read = true, .write = true}});
    end(transaction);
    return *this;
  }
  MachineHistory& translated_access(const Space& s, u64 pa) {
    add(trace::Translated{next_++, who(s), 0, pa, pa, 64, false, At::kTranslated});
    return *this;
  }

  MachineHistory& command(const spec::Command& c) {
    add(trace::Command{index_++, c.w[0], c.w[1]});
    return *this;
  }
  MachineHistory& tlbi_va(const Space& s, u64 va = kVa, bool leaf_only = false) {
    spec::Command c = made(spec::Opcode::CMD_TLBI_NH_VA);
    spec::cmd::tlbi::ASID.set(c.w, s.asid);
    spec::cmd::tlbi::Leaf.set(c.w, leaf_only);
    c.w[1] |= va;
    return command(c);
  }
  MachineHistory& tlbi_asid_of(const Space& s) {
    spec::Command c = made(spec::Opcode::CMD_TLBI_NH_ASID);
    spec::cmd::tlbi::ASID.set(c.w, s.asid);
    return command(c);
  }
  MachineHistory& cfgi_cd_of(const Space& s) {
    spec::Command c = made(spec::Opcode::CMD_CFGI_CD);
    spec::cmd::SID.set(c.w, kSid);
    spec::cmd::SSID.set(c.w, s.pasid);
    spec::cmd::cfgi::Leaf.set(c.w, 1);
    return command(c);
  }
  MachineHistory& cmd_sync() {
    const u32 index = index_;
    command(made(spec::Opcode::CMD_SYNC));
    add(trace::SyncBegin{index, 0}).add(trace::SyncEnd{index});
    return *this;
  }
  MachineHistory& atc_inv_begun(const Space& s, u64 va = kVa) {
    spec::Command c = made(spec::Opcode::CMD_ATC_INV);
    command(c);
    add(trace::AtcInvalidateSent{who(s), 5, va, 12});
    return *this;
  }
  MachineHistory& atc_inv_done(bool timed_out = false) {
    add(trace::AtcInvalidateDone{kSid, 5, timed_out});
    return *this;
  }
  // Longer than any grace, with enough happening before and after for every entry's turn to be compared.
  MachineHistory& past_grace() {
    constexpr int kTurns = 16;
    for (int i = 0; i < kTurns; ++i) cmd_sync();
    wait(2 * machine_traits().grace_ps);
    for (int i = 0; i < kTurns; ++i) cmd_sync();
    return *this;
  }
  static spec::Command made(spec::Opcode opcode) {
    spec::Command c;
    spec::cmd::Opcode.set(c.w, static_cast<u64>(opcode));
    return c;
  }
  static spec::Requester who(const Space& s) { return {kSid, s.pasid}; }
  static constexpr u64 ste_address(u32 sid) { return kStrtab + 64 * sid; }

  void enable(const Space& s) {
    namespace cd = spec::cd;
    spec::Cd c;
    cd::V.set(c.w, 1);
    cd::T0SZ.set(c.w, 16);
    cd::EPD1.set(c.w, 1);
    cd::AA64.set(c.w, 1);
    cd::IPS.set(c.w, 5);
    cd::ASID.set(c.w, s.asid);
    cd::TTB0.set(c.w, s.root >> cd::TTB0.shift());
    put(cd_address(s), c.w);
    const u64 table = spec::vmsa::kTableOrPage;
    memory()[s.root + (kVa >> 39 & 511) * 8] = (s.root + 0x1000) | table;
    memory()[s.root + 0x1000 + (kVa >> 30 & 511) * 8] = (s.root + 0x2000) | table;
    memory()[block_address(s)] = (s.root + 0x3000) | table;
  }

 private:
  static constexpr u64 kStrtab = 0x8001'0000, kSteAt = kStrtab + 64 * kSid;

 protected:
  static constexpr u64 kCds = 0x8000'2000;

  void put(u64 at, const std::array<u64, 8>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) memory()[at + 8 * i] = words[i];
  }
  std::array<u64, 8> words_at(u64 pa) {
    std::array<u64, 8> words;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = memory()[pa + 8 * i];
    return words;
  }

 private:
  u64 begin_access(const Space& s, u64 va) {
    add(trace::TransactionBegin{next_, 0, who(s), At::kUntranslated, va, 64, false});
    return next_++;
  }
  // What the SMMU reads and finds, by the monitors' own reading of the tables as they are.
  Outcome walked(const Space& s, u64 transaction, u64 va, bool hits_walk_cache) {
    const std::array<u64, 8> ste = words_at(kSteAt), cd = words_at(cd_address(s));
    at_once(trace::ConfigFetched{spec::Structure::kSte, {kSid, {}}, kSteAt, ste});
    at_once(trace::ConfigFetched{spec::Structure::kCd, who(s), cd_address(s), cd});
    const spec::Cd c{cd};
    const auto regime = regime_of(spec::Ste{ste}, &c,
                                  {.output_bits = 48, .has_stage2 = true, .has_el2 = false, .e2h = false});
    REQUIRE(regime);
    Outcome met;
    walk(*regime, {.address = va}, memory(), met);
    const u64 ttb = regime->stage1_tables[0]->base;
    at_once(trace::WalkBegin{transaction, regime->asid, va, ttb});
    for (const Link& link : met.links) {
      if (!hits_walk_cache || link.leaf)
        at_once(trace::WalkRead{transaction, link.level, link.pa, link.value, link.stage == 2});
    }
    if (met.valid) {
      at_once(
          trace::Walked{.transaction = transaction,
                        .world = World::kNsEl1,
                        .vmid = regime->vmid,
                        .asid = regime->asid,
                        .ttb = ttb,
                        .s2ttb = regime->stage2 ? std::optional(regime->stage2_tables.base) : std::nullopt,
                        .address = va,
                        .pa = met.output,
                        .log2_size = met.log2_size,
                        .leaf_log2_size = met.leaf_log2_size});
    }
    at_once(
        trace::WalkEnd{transaction, met.valid ? std::nullopt : std::optional(spec::EventId::F_TRANSLATION)});
    return met;
  }

  u64 next_ = 1;  // transaction
  u32 index_ = 0;
};

}  // namespace smmu_vp::tb::test

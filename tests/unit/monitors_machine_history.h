// A history of a machine whose memory the monitors read: one stream, its contexts and tables in RAM, and what an SMMU
// announces that walks them. 4 KB pages, 48 bits, one last-level table for each address space.
#pragma once

#include "testbench/observe/monitors/hardware/descriptor_walk.h"
#include "tests/support/commands.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace cmd = smmu_vp::test::cmd;

// SMMUv3.2 as most are: both stages, ATS, 48 bits, 16-bit ASIDs and VMIDs, RIL.
inline MachineTraits machine_traits(u32 bbml = 0) {
  MachineTraits machine;
  machine.id_register = [bbml](u32 offset) -> u32 {
    namespace t = smmu_vp::test;
    switch (offset) {
      case t::reg::IDR0:
        return t::idr0::S1P | t::idr0::S2P | t::idr0::ATS | t::idr0::ASID16 | t::idr0::VMID16;
      case t::reg::IDR1:
        return t::idr1::sidsize(16) | t::idr1::ssidsize(8);
      case t::reg::IDR3:
        return t::idr3::RIL | t::idr3::bbml(bbml);
      case t::reg::IDR5:
        return t::idr5::oas(t::k48Bits);
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
  explicit MachineHistory(u32 bbml = 0) : MachineHistory(machine_traits(bbml)) {}
  explicit MachineHistory(const MachineTraits& machine) : History(machine) {
    namespace ste = smmu_vp::test::ste;
    store(kSteAt, kCds | ste::s1_cd_max(4) | ste::kStage1 | ste::V).store(kSteAt + 8, ste::kFullAts);
    enable(kFirst);
    enable(kSecond);
    namespace t = smmu_vp::test;
    add(trace::RegisterRead{t::reg::STRTAB_BASE, kStrtab, 8});
    add(trace::RegisterRead{t::reg::STRTAB_BASE_CFG, t::strtab::linear(9), 4});
    add(trace::RegisterRead{t::reg::CR0, t::cr0::SMMUEN, 4});  // enabled long ago
  }

  static u64 leaf(u64 pa, bool writable = true) {
    namespace pte = smmu_vp::test::pte;
    return pa | pte::kPage | pte::kAf | pte::kNg | pte::kUser | (writable ? 0 : pte::kReadOnly);
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

  MachineHistory& command(const cmd::Command& words) {
    add(trace::Command{index_++, words[0], words[1]});
    return *this;
  }
  MachineHistory& tlbi_va(const Space& s, u64 va = kVa, bool leaf_only = false) {
    return command(cmd::tlbi_nh_va(s.asid, va, {.leaf = leaf_only}));
  }
  MachineHistory& tlbi_asid_of(const Space& s) { return command(cmd::tlbi_nh_asid(s.asid)); }
  MachineHistory& cfgi_cd_of(const Space& s) { return command(cmd::cfgi_cd(kSid, s.pasid)); }
  MachineHistory& cmd_sync() {
    const u32 index = index_;
    command(cmd::sync());
    add(trace::SyncBegin{index, 0}).add(trace::SyncEnd{index});
    return *this;
  }
  MachineHistory& atc_inv_begun(const Space& s, u64 va = kVa) {
    command(cmd::atc_inv(kSid, s.pasid, va, 0));
    add(trace::AtcInvalidateSent{who(s), 5, va, 12});
    return *this;
  }
  MachineHistory& atc_inv_all_begun(const Space& s) {
    constexpr u8 kEverything = 52;
    command(cmd::atc_inv(kSid, s.pasid, 0, kEverything));
    add(trace::AtcInvalidateSent{who(s), 5, 0, kEverything + 12});
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
  static spec::Requester who(const Space& s) { return {kSid, s.pasid}; }
  static constexpr u64 ste_address(u32 sid) { return kStrtab + 64 * sid; }

  void enable(const Space& s) {
    namespace t = smmu_vp::test;
    constexpr u64 k48BitsOfTtb0 =
        t::cd::V | t::cd::AA64 | t::cd::EPD1 | t::cd::t0sz(16) | t::cd::ips(t::k48Bits);
    put(cd_address(s), {k48BitsOfTtb0 | t::cd::asid(s.asid), s.root});
    const u64 table = t::pte::kTable;
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

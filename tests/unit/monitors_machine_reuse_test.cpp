// What comes back into use too early, by memory alone: the page of an entry that is still usable, a PASID whose faults
// are not over, and a freed table that a walk cache still leads to.
#include "tests/unit/monitors_machine_history.h"

namespace smmu_vp::tb::test {

namespace {

namespace reg = smmu_vp::test::reg;
namespace cr0 = smmu_vp::test::cr0;

constexpr std::string_view kReuse = "pasid_reuse";
constexpr Space kOther{kPasid, 12, 0x8300'0000};  // another process with the PASID of kFirst
constexpr u32 kStag = 0x21, kGroup = 4;

struct Life : MachineHistory {
  Life() { map(kFirst, kPa).access(kFirst); }

  Life& stall() {
    add(trace::Stalled{50, kWho, kStag, kVa});
    return *this;
  }
  Life& resume() {
    add(trace::Resumed{50, kSid, kStag, spec::StallAction::kAbort});
    return *this;
  }
  Life& ask(trace::PageRequestOutcome outcome = trace::PageRequestOutcome::kQueued) {
    add(trace::PageRequestReceived{kWho, kGroup, true, {.read = true}, kVa, outcome});
    return *this;
  }
  Life& respond() {
    add(trace::PrgResponseSent{kWho, kGroup, spec::ResponseCode::kInvalidRequest});
    return *this;
  }
  Life& give_up() {
    store(cd_address(kFirst), 0).cfgi_cd_of(kFirst).cmd_sync();
    tlbi_asid_of(kFirst).cmd_sync();
    return *this;
  }
  Life& bind(const Space& s) {
    enable(s);
    map(s, kPa + kPage);
    cfgi_cd_of(s).cmd_sync();
    access(s);
    return *this;
  }
};

}  // namespace

TEST_CASE("an entry whose page another process may write while it is usable is reused") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).unmap_leaf(kFirst).map(kSecond, kPa);
  const char* missing = nullptr;
  SUBCASE("before the command") {
    h.access(kSecond).tlbi_va(kFirst).cmd_sync();
    missing = "and no CMD_TLBI_NH_VA(VMID 0, ASID 7, 0x7f0000000000) has come, but";
  }
  SUBCASE("before its CMD_SYNC has completed") {
    h.tlbi_va(kFirst).access(kSecond).cmd_sync();
    missing = "and no CMD_SYNC has completed CMD_TLBI_NH_VA(VMID 0, ASID 7, 0x7f0000000000), but";
  }
  SUBCASE("of a device, before the Invalidate Completion") {
    h.map(kFirst, kPa).ats(kFirst, kPa).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync().atc_inv_begun(kFirst);
    h.access(kSecond).atc_inv_done();
    missing =
        "and the Invalidate Completion for CMD_ATC_INV(StreamID 0x100, SubstreamID 1, 0x7f0000000000) has "
        "not "
        "come, but";
  }
  h.finish();
  CHECK(h.says("stale_entry", missing));
  CHECK(
      h.says("stale_entry", "but the page already is mapped at 0x7f0000000000 for StreamID 0x100, PASID 2"));
}

TEST_CASE("an entry whose page serves as a table while it is usable is reused") {
  MachineHistory h;
  const u64 table = kSecond.root + 0x3000;
  h.map(kFirst, table)
      .access(kFirst)
      .unmap_leaf(kFirst)
      .map(kSecond, kPa)
      .access(kSecond)
      .tlbi_va(kFirst)
      .cmd_sync();
  CHECK(h.says("stale_entry", "but the page already serves as a level 3 table of stage 1"));
}

TEST_CASE("an entry whose page is any part of a queue or table in use is reused") {
  MachineHistory h;
  constexpr u64 kThirdPage = 0x9'0000'2000, kBase = 0x9'0000'0000;
  h.map(kFirst, kThirdPage).access(kFirst).unmap_leaf(kFirst);
  const auto enable = [&](u32 base, u32 queue) {
    h.add(trace::RegisterWrite{base, kBase | smmu_vp::test::queue::log2size(10), 8});
    h.add(trace::RegisterWrite{reg::CR0, cr0::SMMUEN | queue, 4});
  };
  const char* expected = nullptr;
  SUBCASE("of the Command queue") {
    enable(reg::CMDQ_BASE, cr0::CMDQEN);
    expected = "but the page already serves as the CMDQ";
  }
  SUBCASE("of the Event queue") {
    enable(reg::EVENTQ_BASE, cr0::EVENTQEN);
    expected = "but the page already serves as the EVENTQ";
  }
  SUBCASE("of the PRI queue") {
    enable(reg::PRIQ_BASE, cr0::PRIQEN);
    expected = "but the page already serves as the PRIQ";
  }
  SUBCASE("of the Stream table") {
    h.add(trace::RegisterWrite{reg::STRTAB_BASE, kBase, 8});
    h.add(trace::RegisterWrite{reg::CR0, cr0::SMMUEN, 4});
    expected = "but the page already serves as the table of STEs";
  }
  SUBCASE("of a table of CDs") {
    namespace ste = smmu_vp::test::ste;
    h.add(trace::ConfigFetched{spec::Structure::kSte,
                               {kSid + 1, {}},
                               MachineHistory::ste_address(kSid + 1),
                               {kBase | ste::s1_cd_max(10) | ste::kStage1 | ste::V}});
    expected = "but the page already serves as a table of CDs";
  }
  CHECK(h.says("stale_entry", expected));
}

TEST_CASE("a PASID gets another address space while a stall of the former waits: caught") {
  Life h;
  h.stall().give_up().bind(kOther);
  CHECK(h.says(kReuse,
               "StreamID 0x100, PASID 1 leads to another address space (the table at 0x83000000) while the "
               "stall with STAG 33 of the former, at 0x7f0000000000"));
}

TEST_CASE("a PASID gets another address space while a page-request group of the former waits: caught") {
  Life h;
  h.ask().give_up().bind(kOther);
  CHECK(h.says(kReuse, "page-request group 4 of the former"));
}

TEST_CASE("a PASID is used again as it should be") {
  Life h;
  SUBCASE("what asked is answered before the context is given up") {
    h.stall().ask().resume().respond().give_up().bind(kOther);
    CHECK(h.monitor(kReuse).checked() == 1);
  }
  SUBCASE("and after it, before the next use") {
    h.stall().ask().give_up().resume().respond().bind(kOther);
    CHECK(h.monitor(kReuse).checked() == 1);
  }
  SUBCASE("the same address space is bound again") {
    h.stall().ask().give_up().bind(kFirst);
  }
  SUBCASE("the SMMU has answered what it could not queue") {
    h.ask(trace::PageRequestOutcome::kDropped).give_up().bind(kOther);
  }
  SUBCASE("a reset of the function has ended its groups") {
    h.ask().give_up();
    h.add(trace::FunctionControls{kSid, true, true, true, 32, true});
    h.bind(kOther);
  }
  CHECK(h.violations(kReuse) == 0);
}

TEST_CASE("a walk that begins in a table whose invalidation has completed is caught") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst);
  const u64 table = h.memory()[MachineHistory::block_address(kFirst)];
  h.store(MachineHistory::block_address(kFirst), 0).tlbi_va(kFirst);
  const auto begins = [&h](u64 transaction) {
    h.add(trace::TransactionBegin{transaction, 0, kWho, At::kUntranslated, kVa, 64, false});
    h.add(trace::WalkBegin{transaction, kAsid, kVa, kFirst.root});
  };
  const auto reads = [&h](u64 transaction) {
    h.add(trace::WalkRead{transaction, 3, MachineHistory::leaf_address(kFirst), 0});
    h.add(trace::WalkEnd{transaction, {}}).end(transaction);
  };
  SUBCASE("which only a walk cache still knows") {
    h.cmd_sync();
    begins(90);
    reads(90);
    CHECK(h.says(
        "stale_entry",
        "the walk of StreamID 0x100, PASID 1 for 0x7f0000000000 begins in the table at 0x81003000 after "
        "the invalidation"));
  }
  SUBCASE("not one that had begun before that") {
    begins(90);
    h.cmd_sync();
    reads(90);
    CHECK(h.violations("stale_entry") == 0);
  }
  SUBCASE("nor one that a walk has passed through since, even if that faulted") {
    h.cmd_sync().store(MachineHistory::block_address(kFirst), table).unmap_leaf(kFirst).access(kFirst);
    h.store(MachineHistory::block_address(kFirst), 0);
    begins(90);
    reads(90);
    CHECK(h.violations("stale_entry") == 0);
  }
  SUBCASE("nor one that memory leads there again") {
    h.cmd_sync().store(MachineHistory::block_address(kFirst), table);
    begins(90);
    reads(90);
    CHECK(h.violations("stale_entry") == 0);
  }
}

}  // namespace smmu_vp::tb::test

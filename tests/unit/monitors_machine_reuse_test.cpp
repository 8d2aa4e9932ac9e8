// What comes back into use too early, by memory alone: a PASID whose faults are not over, and a freed table that a walk
// cache still leads to.
#include "tests/unit/monitors_machine_history.h"

namespace smmu_vp::tb::test {

namespace {

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

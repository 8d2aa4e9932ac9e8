// What each planted bug of the driver changes in the commands and stores that an SMMU sees.
#include <doctest/doctest.h>

#include <set>

#include "sw_driver/smmu_v3/entries.h"
#include "tests/support/commands.h"
#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;
using namespace smmu_vp::test;

namespace {

constexpr u64 kVa = 0x4000'0000;

// The commands of an unmap of `pages` pages, of a process bound to the endpoint under PASID 1.
std::vector<spec::Command> of_unmap(Bug bug, u64 pages) {
  Machine m({.bug = bug});
  std::vector<spec::Command> commands;
  m.run([&] {
    const auto mm = m.make_mm();
    // The page behind them stays, and with it the table.
    REQUIRE(mm->mmap(kVa, (pages + 1) * mm->page_bytes(), kProtReadWrite));
    for (u64 i = 0; i <= pages; ++i)
      REQUIRE(mm->handle_fault(kVa + i * mm->page_bytes(), Access::kWrite) == VmFault::kOk);
    REQUIRE(m.sva.bind(m.pcie, mm) != nullptr);
    m.smmu_model.forget();
    REQUIRE(mm->munmap(kVa, pages * mm->page_bytes()));
    commands = m.smmu_model.commands;
  });
  REQUIRE(commands.size() == 4);  // TLBI, CMD_SYNC, ATC_INV, CMD_SYNC
  return commands;
}

// Commands and stores of a CD from `before` to `after`, the process being bound to the endpoint in between.
template <typename Step>
std::string of_cd(Bug bug, Step step) {
  Machine m({.bug = bug});
  std::string steps;
  m.run([&] {
    const auto mm = m.make_mm();
    REQUIRE(m.sva.bind(m.pcie, m.make_mm()) != nullptr);
    Bond* bond = m.sva.bind(m.pcie, mm);
    REQUIRE(bond != nullptr);
    const u64 cd = m.cd_address(Machine::kPcieSid, bond->pasid);
    m.smmu_model.forget();
    step(m, *mm, bond);
    steps = m.smmu_model.steps(cd);
  });
  return steps;
}

}  // namespace

TEST_CASE("every bug has a name of its own and a place where it does harm") {
  std::set<std::string_view> names;
  for (const BugInfo& bug : kBugs) {
    CAPTURE(bug.name);
    CHECK(names.insert(bug.name).second);
    CHECK_FALSE(bug.source.empty());
    CHECK_FALSE(bug.shows.scenario.empty());
  }
}

// 4.4.1.1: NUM and SCALE 0 without TTL are Reserved.
TEST_CASE("reserved_range names one page by NUM 0 and SCALE 0") {
  CHECK(of_unmap(Bug::kNone, 1)[0].w == cmd::tlbi_nh_va(1, kVa, {.tg = 1, .scale = 1}));
  CHECK(of_unmap(Bug::kReservedRange, 1)[0].w == cmd::tlbi_nh_va(1, kVa, {.tg = 1}));
}

TEST_CASE("granule_not_set leaves TG out, with which the range goes") {
  CHECK(of_unmap(Bug::kNone, 8)[0].w[1] == cmd::tlbi_nh_va(1, kVa, {.tg = 1})[1]);
  CHECK(of_unmap(Bug::kGranuleNotSet, 8)[0].w[1] == cmd::tlbi_nh_va(1, kVa)[1]);
}

TEST_CASE("ATC_INV of eight pages has size 3, and size 0 with atc_size_too_small") {
  CHECK(of_unmap(Bug::kNone, 8)[2].w == cmd::atc_inv(Machine::kPcieSid, 1, kVa, 3));
  CHECK(of_unmap(Bug::kAtcSizeTooSmall, 8)[2].w == cmd::atc_inv(Machine::kPcieSid, 1, kVa, 0));
}

TEST_CASE("atc_inv_of_wrong_pasid names the next PASID") {
  CHECK(of_unmap(Bug::kNone, 1)[2].w == cmd::atc_inv(Machine::kPcieSid, 1, kVa, 0));
  CHECK(of_unmap(Bug::kAtcInvOfWrongPasid, 1)[2].w == cmd::atc_inv(Machine::kPcieSid, 2, kVa, 0));
}

TEST_CASE("whole_range_too_small flushes one page of the device's cache at process death") {
  const auto flushed = [](Bug bug) {
    Machine m({.bug = bug});
    cmd::Command flush{};
    m.run([&] {
      const auto mm = m.make_mm();
      REQUIRE(m.sva.bind(m.pcie, mm) != nullptr);
      m.smmu_model.forget();
      mm->mmput();
      for (const spec::Command& c : m.smmu_model.commands)
        if (spec::opcode_of(c) == spec::Opcode::CMD_ATC_INV) flush = c.w;
    });
    return flush;
  };
  CHECK(flushed(Bug::kNone) == cmd::atc_inv_all(Machine::kPcieSid, 1));
  CHECK(flushed(Bug::kWholeRangeTooSmall) == cmd::atc_inv(Machine::kPcieSid, 1, 0, 0));
}

TEST_CASE("process death quiets the CD in two passes, in one with entry_written_at_once") {
  const auto death = [](Machine&, Mm& mm, Bond*) { mm.mmput(); };
  const std::string flush = " TLBI_NH_ASID SYNC ATC_INV SYNC";
  CHECK(of_cd(Bug::kNone, death) == "dw0 CFGI_CD SYNC dw1 CFGI_CD SYNC" + flush);
  CHECK(of_cd(Bug::kEntryWrittenAtOnce, death) == "dw0 dw1 CFGI_CD SYNC" + flush);
}

TEST_CASE("valid_cleared_last clears the fields of a CD before its V") {
  const auto unbind = [](Machine& m, Mm&, Bond* bond) { m.sva.unbind(bond); };
  CHECK(of_cd(Bug::kNone, unbind).starts_with("dw0 CFGI_CD SYNC dw1 dw3 CFGI_CD SYNC"));
  CHECK(of_cd(Bug::kValidClearedLast, unbind).starts_with("dw1 dw3 CFGI_CD SYNC dw0 CFGI_CD SYNC"));
}

TEST_CASE("no_tlbi_at_unbind frees the ASID without a TLBI") {
  const auto unbind = [](Machine& m, Mm&, Bond* bond) { m.sva.unbind(bond); };
  CHECK(of_cd(Bug::kNone, unbind).find("TLBI_NH_ASID") != std::string::npos);
  CHECK(of_cd(Bug::kNoTlbiAtUnbind, unbind).find("TLBI_NH_ASID") == std::string::npos);
}

TEST_CASE("pasid_shared gives a second address space the first one's PASID") {
  for (const Bug bug : {Bug::kNone, Bug::kPasidShared}) {
    Machine m({.bug = bug});
    m.run([&] {
      const Bond* first = m.sva.bind(m.pcie, m.make_mm());
      const Bond* second = m.sva.bind(m.pcie, m.make_mm());
      CHECK((first->pasid == second->pasid) == (bug == Bug::kPasidShared));
    });
  }
}

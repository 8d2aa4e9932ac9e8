// Bind, process death and unbind: the stores and commands of each, and the lifetime
// of PASIDs and address spaces.
#include <doctest/doctest.h>

#include "tests/support/commands.h"
#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;
using namespace smmu_vp::test;

namespace {

constexpr u64 kVa = 0x4000'0000;

// Fills the page tables with `pages` pages from `va`.
void touch(Mm& mm, u64 va, u64 pages) {
  REQUIRE(mm.mmap(va, pages * mm.page_bytes(), kProtReadWrite));
  for (u64 i = 0; i < pages; ++i)
    REQUIRE(mm.handle_fault(va + i * mm.page_bytes(), Access::kWrite) == VmFault::kOk);
}

}  // namespace

TEST_CASE("the second bind to a device writes the CD in two passes") {
  Machine m;
  m.run([&] {
    const auto first = m.make_mm(), second = m.make_mm();
    REQUIRE(m.sva.bind(m.stalling, first) != nullptr);
    m.smmu_model.forget();
    Bond* bond = m.sva.bind(m.stalling, second);
    REQUIRE(bond != nullptr);
    const u64 cd = m.cd_address(Machine::kStallSid, bond->pasid);
    CHECK(m.smmu_model.steps(cd) == "dw1 dw3 CFGI_CD SYNC dw0 CFGI_CD SYNC");
    CHECK(m.os.load64(cd) == (cd::asid(2) | cd::kTtb0 | cd::kStalls));
    CHECK(m.os.load64(cd + 8) == second->pgd());
  });
}

TEST_CASE("a bind to a device with ATS invalidates the device's cache for the PASID") {
  Machine m;
  m.run([&] {
    REQUIRE(m.sva.bind(m.pcie, m.make_mm()) != nullptr);
    m.smmu_model.forget();
    Bond* bond = m.sva.bind(m.pcie, m.make_mm());
    const u64 cd = m.cd_address(Machine::kPcieSid, bond->pasid);
    CHECK(m.smmu_model.steps(cd) == "dw1 dw3 CFGI_CD SYNC dw0 CFGI_CD SYNC ATC_INV SYNC");
    CHECK(m.smmu_model.commands[4].w == cmd::atc_inv_all(Machine::kPcieSid, bond->pasid));
  });
}

TEST_CASE("the first bind makes the table, enables ATS in the STE, and only then in the device") {
  Machine m;
  std::string trail;
  m.run([&] {
    m.os.trail = [&](const std::string& what) { trail += what + " "; };
    REQUIRE(m.sva.bind(m.pcie, m.make_mm()) != nullptr);
    CHECK(trail ==
          "CFGI_CD SYNC "               // a new leaf of the CD table
          "CFGI_CD SYNC CFGI_CD SYNC "  // the CD
          "CFGI_STE SYNC CFGI_STE SYNC PREFETCH_CONFIG "
          "ATC_INV SYNC ats on pri on ");
    CHECK(m.smmu_model.commands[0].w == cmd::cfgi_cd(Machine::kPcieSid, 1, false));
    CHECK(m.smmu_model.commands[11].w == cmd::atc_inv_all(Machine::kPcieSid));  // whatever their PASID
  });
}

TEST_CASE("the last unbind disables ATS in the device before the STE") {
  Machine m;
  std::string trail;
  m.run([&] {
    Bond* bond = m.sva.bind(m.pcie, m.make_mm());
    m.os.trail = [&](const std::string& what) { trail += what + " "; };
    m.sva.unbind(bond);
    CHECK(trail ==
          "CFGI_CD SYNC CFGI_CD SYNC ATC_INV SYNC "
          "pri off ats off CFGI_STE SYNC CFGI_STE SYNC PREFETCH_CONFIG ATC_INV SYNC "
          "TLBI_NH_ASID SYNC ");
  });
}

TEST_CASE("process death quiesces the CD, then invalidates TLB and ATC, with four syncs") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    const u64 cd = m.cd_address(Machine::kPcieSid, bond->pasid);
    m.smmu_model.forget();
    mm->mmput();
    CHECK(m.smmu_model.steps(cd) == "dw0 CFGI_CD SYNC dw1 CFGI_CD SYNC TLBI_NH_ASID SYNC ATC_INV SYNC");
    CHECK(m.os.load64(cd) == (cd::asid(1) | cd::kQuiet));
    m.smmu_model.forget();
    m.sva.unbind(bond);
    CHECK(m.smmu_model.steps(cd).starts_with("dw0 CFGI_CD SYNC dw3 CFGI_CD SYNC ATC_INV SYNC"));
  });
}

TEST_CASE("unbinding a live process clears the CD, then the TLB by ASID") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    REQUIRE(m.sva.bind(m.stalling, m.make_mm()) != nullptr);
    Bond* bond = m.sva.bind(m.stalling, mm);
    const u64 cd = m.cd_address(Machine::kStallSid, bond->pasid);
    m.smmu_model.forget();
    m.sva.unbind(bond);
    CHECK(m.smmu_model.steps(cd) == "dw0 CFGI_CD SYNC dw1 dw3 CFGI_CD SYNC TLBI_NH_ASID SYNC");
    for (u64 i = 0; i < 8; ++i) CHECK(m.os.load64(cd + 8 * i) == 0);
  });
}

TEST_CASE("the PASID lives as long as anything refers to the address space, and the lowest is reused first") {
  Machine m;
  std::vector<std::string> life;
  m.os.bus().on<trace::PasidFreed>(
      [&](const trace::PasidFreed& f, u64) { life.push_back("free " + std::to_string(f.pasid)); });
  m.os.bus().on<trace::PasidPhase>([&](const trace::PasidPhase& f, u64) {
    life.push_back("phase " + std::to_string(number(f.phase)) + " of " + std::to_string(f.pasid));
  });
  m.run([&] {
    const auto a = m.make_mm(), b = m.make_mm(), c = m.make_mm();
    Bond* bond_a = m.sva.bind(m.pcie, a);
    Bond* bond_b = m.sva.bind(m.pcie, b);
    CHECK(bond_a->pasid == 1);
    CHECK(bond_b->pasid == 2);
    CHECK(m.sva.bind(m.stalling, b)->pasid == 2);  // one for all devices
    life.clear();
    a->mmput();
    CHECK(life == std::vector<std::string>{"phase 2 of 1"});
    const u64 pgd = a->pgd();
    CHECK(m.os.is_allocated(pgd));
    CHECK(m.sva.bind(m.pcie, m.make_mm())->pasid == 3);  // 1 is still taken
    life.clear();
    m.sva.unbind(bond_a);
    CHECK(life == std::vector<std::string>{"phase 3 of 1", "free 1"});
    CHECK_FALSE(m.os.is_allocated(pgd));
    CHECK(m.sva.bind(m.pcie, c)->pasid == 1);
  });
}

TEST_CASE("a process that is unbound and bound again keeps its PASID") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    m.sva.unbind(m.sva.bind(m.pcie, mm));
    const auto other = m.make_mm();
    CHECK(m.sva.bind(m.pcie, other)->pasid == 2);
    CHECK(m.sva.bind(m.pcie, mm)->pasid == 1);
  });
}

TEST_CASE("binding twice only increments a count") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    m.smmu_model.forget();
    CHECK(m.sva.bind(m.pcie, mm) == bond);
    m.sva.unbind(bond);
    CHECK(m.smmu_model.commands.empty());
    m.sva.unbind(bond);
    CHECK_FALSE(m.smmu_model.commands.empty());
  });
}

TEST_CASE("a dead process cannot be bound") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    mm->mmput();
    CHECK(m.sva.bind(m.pcie, mm) == nullptr);
  });
}

TEST_CASE("a PASID beyond the first thousand gets a new leaf of the CD table, announced to the SMMU") {
  Machine m;
  m.run([&] {
    std::vector<std::shared_ptr<Mm>> mms;
    for (int i = 0; i < 1023; ++i) {
      mms.push_back(m.make_mm());
      REQUIRE(m.sva.bind(m.stalling, mms.back()) != nullptr);
    }
    m.smmu_model.forget();
    mms.push_back(m.make_mm());
    Bond* bond = m.sva.bind(m.stalling, mms.back());
    REQUIRE(bond->pasid == 1024);
    CHECK(m.smmu_model.count(spec::Opcode::CMD_CFGI_CD) == 3);
    CHECK(m.smmu_model.commands[0].w == cmd::cfgi_cd(Machine::kStallSid, 1024, false));
    CHECK((m.os.stores[0].value & mask(15, 0)) == l1cd::V);  // of a leaf aligned to its 64 KB
    const u64 cd = m.os.load64(m.cd_address(Machine::kStallSid, 1024));
    CHECK((cd & cd::asid(0xFFFF)) == cd::asid(1024));
  });
}

TEST_CASE("without range commands 511 pages are single commands and 512 are one by ASID") {
  Machine m({.ril = false});
  m.run([&] {
    const auto mm = m.make_mm();
    touch(*mm, kVa, 1024);
    REQUIRE(m.sva.bind(m.pcie, mm) != nullptr);
    m.smmu_model.forget();
    REQUIRE(mm->munmap(kVa, 511 * 4096));
    CHECK(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_VA) == 511);
    CHECK(m.smmu_model.count(spec::Opcode::CMD_SYNC) == 2);
    CHECK(m.smmu_model.commands[0].w == cmd::tlbi_nh_va(1, kVa));
    CHECK(m.smmu_model.commands[510].w == cmd::tlbi_nh_va(1, kVa + 510 * 4096));
    CHECK(sw_test::short_name(m.smmu_model.commands[511]) == "SYNC");
    CHECK(sw_test::short_name(m.smmu_model.commands[512]) == "ATC_INV");
    m.smmu_model.forget();
    REQUIRE(mm->munmap(kVa + 511 * 4096, 512 * 4096));
    CHECK(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_VA) == 0);
    // The pages, and the last-level table that they leave empty; the ATC is invalidated as a whole too.
    CHECK(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_ASID) == 2);
    CHECK(m.smmu_model.commands[2].w == cmd::atc_inv_all(0x100, 1));
  });
}

TEST_CASE("with range commands one unmap is a few commands of any size") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    touch(*mm, kVa, 1025);
    REQUIRE(m.sva.bind(m.pcie, mm) != nullptr);
    m.smmu_model.forget();
    REQUIRE(mm->munmap(kVa, 1000 * 4096));
    REQUIRE(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_VA) ==
            3);  // the third for a table that is left empty
    // TG says 4 KB.
    CHECK(m.smmu_model.commands[0].w == cmd::tlbi_nh_va(1, kVa, {.tg = 1, .num = 28, .scale = 3}));
  });
}

TEST_CASE("the TLBI is complete before the ATC_INV goes out, unless the historical bug is on") {
  for (const Bug bug : {Bug::kNone, Bug::kAtcBeforeTlbi, Bug::kNoAtcInv, Bug::kNoTlbi}) {
    Machine m({.bug = bug});
    m.run([&] {
      const auto mm = m.make_mm();
      touch(*mm, kVa, 2);  // the second page stays, and with it the table
      REQUIRE(m.sva.bind(m.pcie, mm) != nullptr);
      m.smmu_model.forget();
      REQUIRE(mm->munmap(kVa, 4096));
      const std::string expected = bug == Bug::kNone            ? "TLBI_NH_VA SYNC ATC_INV SYNC"
                                   : bug == Bug::kAtcBeforeTlbi ? "ATC_INV SYNC TLBI_NH_VA SYNC"
                                   : bug == Bug::kNoAtcInv      ? "TLBI_NH_VA SYNC SYNC"
                                                                : "ATC_INV SYNC";
      CHECK(m.smmu_model.steps(0) == expected);
    });
  }
}

TEST_CASE("early_pasid_free returns the PASID at death, and no_release leaves the CD live") {
  for (const Bug bug : {Bug::kEarlyPasidFree, Bug::kNoRelease}) {
    Machine m({.bug = bug});
    bool freed = false;
    m.os.bus().on<trace::PasidFreed>([&](const auto&, u64) { freed = true; });
    m.run([&] {
      const auto mm = m.make_mm();
      Bond* bond = m.sva.bind(m.pcie, mm);
      mm->mmput();
      CHECK(freed == (bug == Bug::kEarlyPasidFree));
      const u64 cd = m.os.load64(m.cd_address(Machine::kPcieSid, bond->pasid));
      CHECK(((cd & cd::EPD0) != 0) == (bug != Bug::kNoRelease));
    });
  }
}

TEST_CASE("process death during unbind does not restore a cleared CD") {
  Machine m;
  m.run([&] {
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    REQUIRE(m.sva.bind(m.pcie, m.make_mm()) != nullptr);
    const u64 cd = m.cd_address(Machine::kPcieSid, bond->pasid);
    m.os.memory_ps = 1000;  // so that the process can die between the CD's end and the device's removal
    m.smmu_model.hold(true);
    m.os.spawn("unbind", [&] { m.sva.unbind(bond); });
    m.os.sleep_ps(1'000'000);  // in the middle of clearing the CD
    bool dead = false;
    m.os.spawn("death", [&] {
      mm->mmput();
      dead = true;
    });
    m.os.sleep_ps(1'000'000);
    m.smmu_model.hold(false);
    m.os.sleep_ps(100'000'000);
    CHECK(dead);
    CHECK(m.os.load64(cd) == 0);
  });
}

TEST_CASE("the parts of every operation add up to its total") {
  Machine m;
  std::map<u64, u64> parts, whole;
  std::map<u64, std::string> names;
  m.os.bus().on<trace::Operation>([&](const trace::Operation& o, u64) {
    names[o.id] = o.name;
    (o.part.empty() ? whole : parts)[o.id] += o.end_ps - o.begin_ps;
  });
  m.run([&] {
    m.os.memory_ps = 1000;
    const auto mm = m.make_mm();
    touch(*mm, kVa, 3);
    Bond* bond = m.sva.bind(m.pcie, mm);
    mm->munmap(kVa, 4096);
    mm->mmput();
    m.sva.unbind(bond);
  });
  std::set<std::string> seen;
  for (const auto& [id, ps] : whole) {
    CHECK(parts[id] == ps);
    seen.insert(names[id]);
  }
  CHECK(seen == std::set<std::string>{"atc_inv", "bind", "cmd_sync", "invalidate_range", "mm_release", "tlbi",
                                      "unbind"});
}

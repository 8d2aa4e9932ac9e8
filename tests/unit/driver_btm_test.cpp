// driver.btm: the CPU's broadcast TLB maintenance instead of TLBI commands (3.17).
#include <doctest/doctest.h>

#include <tuple>

#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using spec::BroadcastOp;
using spec::BroadcastTlbi;
using sw_test::Machine;
using namespace smmu_vp::test;

namespace {

constexpr u64 kVa = 0x4000'0000;

// A machine whose SMMU has these additional bits of IDR0.
struct BtmMachine : Machine {
  explicit BtmMachine(DriverConfig config = {.btm = true}, u64 more = idr0::BTM) : Machine(config) {
    smmu_model.set_register(reg::IDR0, smmu_model.read(reg::IDR0, 4) | more);
  }
  // Binds a process with `pages` pages from kVa on; what follows is recorded.
  std::shared_ptr<Mm> bound(u64 pages, sw_test::TestDevice* device = nullptr) {
    auto mm = make_mm();
    // The page behind them stays, and with it the tables that it needs.
    REQUIRE(mm->mmap(kVa, (pages + 1) * 4096, kProtReadWrite));
    for (u64 i = 0; i <= pages; ++i)
      REQUIRE(mm->handle_fault(kVa + i * 4096, Access::kWrite) == VmFault::kOk);
    bond = sva.bind(device == nullptr ? pcie : *device, mm);
    REQUIRE(bond != nullptr);
    smmu_model.forget();
    os.broadcasts.clear();
    os.trail = [this](const std::string& what) { trail += what + " "; };
    return mm;
  }

  Bond* bond = nullptr;
  std::string trail;
};

bool same(const BroadcastTlbi& a, const BroadcastTlbi& b) {
  return a.op == b.op && a.vmid == b.vmid && a.asid == b.asid && a.address == b.address &&
         a.bytes == b.bytes && a.last_level == b.last_level && a.e2h == b.e2h;
}

}  // namespace

TEST_CASE("CR2.PTM is cleared if driver.btm is set and the SMMU has IDR0.BTM") {
  for (const auto& [wanted, has, ptm] :
       {std::tuple{true, idr0::BTM, 0u}, {true, 0, cr2::PTM}, {false, idr0::BTM, cr2::PTM}}) {
    BtmMachine m({.btm = wanted}, has);
    m.run([&] { CHECK(m.smmu_model.read(reg::CR2, 4) == (cr2::RECINVSID | ptm)); });
  }
}

TEST_CASE("a CD shares its ASID with the CPU only if broadcasts should apply to it") {
  for (const bool wanted : {true, false}) {
    BtmMachine m({.btm = wanted});
    m.run([&] {
      m.bound(1);
      const u64 cd = m.os.load64(m.cd_address(Machine::kPcieSid, m.bond->pasid));
      CHECK(((cd & cd::ASET) == 0) == wanted);
    });
  }
}

TEST_CASE("with driver.btm an unmap is a broadcast and a DSB and only then an ATC_INV") {
  BtmMachine m;
  m.run([&] {
    const auto mm = m.bound(1);
    REQUIRE(mm->munmap(kVa, 4096));
    CHECK(m.trail.starts_with("tlbi dsb ATC_INV SYNC free "));
    REQUIRE(m.os.broadcasts.size() == 1);
    CHECK(same(m.os.broadcasts[0], {.op = BroadcastOp::kVaE1, .asid = 1, .address = kVa, .bytes = 0x1000}));
  });
}

TEST_CASE("with driver.btm and an SMMU without IDR0.BTM an unmap is commands") {
  BtmMachine m({.btm = true}, 0);
  m.run([&] {
    const auto mm = m.bound(1);
    REQUIRE(mm->munmap(kVa, 4096));
    CHECK(m.trail.starts_with("TLBI_NH_VA SYNC ATC_INV SYNC free "));
    CHECK(m.os.broadcasts.empty());
  });
}

TEST_CASE("with driver.btm a device without ATS needs no command at all for an unmap") {
  BtmMachine m;
  m.run([&] {
    const auto mm = m.bound(1, &m.stalling);
    REQUIRE(mm->munmap(kVa, 4096));
    CHECK(m.trail.starts_with("tlbi dsb free "));
    CHECK(m.smmu_model.commands.empty());
  });
}

TEST_CASE("range broadcasts cover an unmap of any size in a few instructions") {
  BtmMachine m;
  m.run([&] {
    const auto mm = m.bound(1001);
    REQUIRE(mm->munmap(kVa, 1001 * 4096));
    // 1001 = 15 * 2^6 + 20 * 2^1 + 1: SCALE 1, SCALE 0 and a single page.
    REQUIRE(m.os.broadcasts.size() > 3);  // the further ones are of a table that is left empty
    CHECK(m.os.broadcasts[0].address == kVa);
    CHECK(m.os.broadcasts[0].bytes == 960 * 4096);
    CHECK(m.os.broadcasts[1].address == kVa + 960 * 4096);
    CHECK(m.os.broadcasts[1].bytes == 40 * 4096);
    CHECK(m.os.broadcasts[2].address == kVa + 1000 * 4096);
    CHECK(m.os.broadcasts[2].bytes == 4096);
  });
}

TEST_CASE("without range broadcasts 511 pages are single ones and 512 are one by ASID") {
  BtmMachine m({.ril = false, .btm = true});
  m.run([&] {
    const auto mm = m.bound(1023);
    REQUIRE(mm->munmap(kVa, 511 * 4096));
    CHECK(m.os.broadcasts.size() == 511);
    m.os.broadcasts.clear();
    REQUIRE(mm->munmap(kVa + 511 * 4096, 512 * 4096));
    REQUIRE(m.os.broadcasts.size() == 2);  // the second is of a table that is left empty
    CHECK(m.os.broadcasts[0].op == BroadcastOp::kAsidE1);
  });
}

TEST_CASE(
    "with driver.btm process death quiesces the CD by commands and then invalidates the TLB by a broadcast") {
  BtmMachine m;
  m.run([&] {
    const auto mm = m.bound(1);
    mm->mmput();
    CHECK(m.trail.starts_with("CFGI_CD SYNC CFGI_CD SYNC tlbi dsb ATC_INV SYNC free "));
    REQUIRE(m.os.broadcasts.size() == 1);
    CHECK(m.os.broadcasts[0].op == BroadcastOp::kAsidE1);
    CHECK(m.os.broadcasts[0].asid == 1);
  });
}

TEST_CASE("with driver.btm an unbind still ends with a TLBI command by ASID") {
  BtmMachine m;
  m.run([&] {
    const auto mm = m.bound(1);
    m.sva.unbind(m.bond);
    CHECK(m.smmu_model.count(spec::Opcode::CMD_TLBI_NH_ASID) == 1);
    CHECK(m.os.broadcasts.empty());
  });
}

TEST_CASE("a kernel in EL2 Host mode broadcasts for EL2 with an ASID") {
  BtmMachine m({.btm = true}, idr0::BTM | idr0::Hyp);
  m.run([&] {
    const auto mm = m.bound(1);
    REQUIRE(mm->munmap(kVa, 4096));
    mm->mmput();
    REQUIRE(m.os.broadcasts.size() == 2);
    CHECK(same(m.os.broadcasts[0],
               {.op = BroadcastOp::kVaE2, .asid = 1, .address = kVa, .bytes = 0x1000, .e2h = true}));
    CHECK(same(m.os.broadcasts[1], {.op = BroadcastOp::kAsidE2, .asid = 1, .e2h = true}));
  });
}

TEST_CASE("the historical TLB bugs also exist with broadcasts") {
  for (const auto& [bug, trail] : {std::pair{Bug::kAtcBeforeTlbi, "ATC_INV SYNC tlbi dsb free "},
                                   {Bug::kNoTlbi, "ATC_INV SYNC free "}}) {
    BtmMachine m({.btm = true, .bug = bug});
    m.run([&] {
      const auto mm = m.bound(1);
      REQUIRE(mm->munmap(kVa, 4096));
      CHECK(m.trail.starts_with(trail));
    });
  }
}

// Other configurations: linear stream and CD tables, and an SMMU that always stalls.
#include <doctest/doctest.h>

#include "tests/unit/driver_machine.h"
#include "tlm/spec/registers.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;

namespace {

u64 idr0(Machine& m) {
  return m.smmu_model.read(spec::offset::IDR0, 4);
}

}  // namespace

TEST_CASE("without two-level stream tables every StreamID has its entry from the start") {
  Machine m;
  m.smmu_model.set_register(spec::offset::IDR0, idr0(m) & ~(u64{3} << 27));
  m.run([&] {
    CHECK(m.smmu_model.read(0x88, 4) == 16);  // linear, 16 bits
    const u64 base = m.smmu_model.read(0x80, 8) & 0x00FF'FFFF'FFFF'FFC0;
    CHECK(m.os.load64(base + Machine::kPcieSid * 64) == 0x9);
    CHECK(m.os.load64(base + (Machine::kPcieSid + 1) * 64) == 0x1);
  });
}

TEST_CASE("without two-level CD tables a device has 1024 PASIDs in one table") {
  Machine m;
  m.smmu_model.set_register(spec::offset::IDR0, idr0(m) & ~(u64{1} << 19));
  m.run([&] {
    CHECK(m.smmu.max_pasids(m.pcie) == 1024);
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    REQUIRE(bond != nullptr);
    const u64 ste = sw_test::ste_address(m.os, m.smmu_model, Machine::kPcieSid);
    CHECK((m.os.load64(ste) >> 4 & 3) == 0);  // S1Fmt: linear
    CHECK((m.os.load64(ste) >> 59) == 10);    // S1CDMax
    const u64 table = m.os.load64(ste) & 0x00FF'FFFF'FFFF'FFC0;
    CHECK(table % 0x10000 == 0);  // aligned to its size (5.2)
    CHECK(m.os.load64(table + u64{bond->pasid} * 64 + 8) == mm->pgd());
  });
}

TEST_CASE("if the SMMU always stalls, every CD has S set, live or quiesced") {
  Machine m;
  m.smmu_model.set_register(spec::offset::IDR0, idr0(m) | u64{2} << 24);
  m.run([&] {
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    const u64 cd = m.cd_address(Machine::kPcieSid, bond->pasid);
    CHECK((m.os.load64(cd) >> 44 & 1) == 1);
    const u64 ste = sw_test::ste_address(m.os, m.smmu_model, Machine::kPcieSid);
    CHECK((m.os.load64(ste + 8) >> 27 & 1) == 0);  // S1STALLD
    mm->mmput();
    CHECK((m.os.load64(cd) >> 44 & 1) == 1);
    CHECK((m.os.load64(cd) >> 14 & 1) == 1);
  });
}

TEST_CASE("a process whose PASID exceeds a device's limit cannot be bound to it") {
  Machine m;
  sw_test::TestDevice narrow(m.os, {.name = "narrow", .stream_id = 3, .pasid_bits = 1, .can_stall = true},
                             false);
  m.run([&] {
    REQUIRE(m.smmu.add_device(narrow));
    const auto first = m.make_mm(), second = m.make_mm();
    REQUIRE(m.sva.bind(narrow, first) != nullptr);
    CHECK(m.sva.bind(narrow, second) == nullptr);
    CHECK(m.sva.bind(m.pcie, second)->pasid == 2);
    CHECK(m.sva.bind(narrow, second) == nullptr);  // its one PASID does not fit there
  });
}

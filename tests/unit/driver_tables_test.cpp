// Other configurations: linear stream and CD tables, and an SMMU that always stalls.
#include <doctest/doctest.h>

#include "tests/unit/driver_machine.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::Machine;
using namespace smmu_vp::test;

namespace {

u64 features(Machine& m) {
  return m.smmu_model.read(reg::IDR0, 4);
}

}  // namespace

TEST_CASE("without two-level stream tables every StreamID has its entry from the start") {
  Machine m;
  m.smmu_model.set_register(reg::IDR0, features(m) & ~u64{idr0::st_level(0b11)});
  m.run([&] {
    CHECK(m.smmu_model.read(reg::STRTAB_BASE_CFG, 4) == strtab::linear(16));
    const u64 base = strtab::addr(m.smmu_model.read(reg::STRTAB_BASE, 8));
    CHECK(m.os.load64(base + Machine::kPcieSid * 64) == (ste::kBypass | ste::V));
    CHECK(m.os.load64(base + (Machine::kPcieSid + 1) * 64) == (ste::kAbort | ste::V));
  });
}

TEST_CASE("without two-level CD tables a device has 1024 PASIDs in one table") {
  Machine m;
  m.smmu_model.set_register(reg::IDR0, features(m) & ~u64{idr0::CD2L});
  m.run([&] {
    CHECK(m.smmu.max_pasids(m.pcie) == 1024);
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    REQUIRE(bond != nullptr);
    const u64 word = m.os.load64(sw_test::ste_address(m.os, m.smmu_model, Machine::kPcieSid));
    CHECK((word & ste::s1_fmt(0b11)) == ste::kLinear);
    CHECK((word & ste::s1_cd_max(0b1'1111)) == ste::s1_cd_max(10));
    const u64 table = ste::s1_context_ptr(word);
    CHECK(table % 0x10000 == 0);  // aligned to its size (5.2)
    CHECK(m.os.load64(table + u64{bond->pasid} * 64 + 8) == mm->pgd());
  });
}

TEST_CASE("if the SMMU always stalls, every CD has S set, live or quiesced") {
  Machine m;
  m.smmu_model.set_register(reg::IDR0, features(m) | idr0::stall_model(0b10));
  m.run([&] {
    const auto mm = m.make_mm();
    Bond* bond = m.sva.bind(m.pcie, mm);
    const u64 context = m.cd_address(Machine::kPcieSid, bond->pasid);
    CHECK((m.os.load64(context) & cd::S) != 0);
    const u64 stream = sw_test::ste_address(m.os, m.smmu_model, Machine::kPcieSid);
    CHECK((m.os.load64(stream + 8) & ste::S1STALLD) == 0);
    mm->mmput();
    CHECK((m.os.load64(context) & cd::S) != 0);
    CHECK((m.os.load64(context) & cd::EPD0) != 0);
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

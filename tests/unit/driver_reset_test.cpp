// Bring-up: the order of register writes (6.3.9), the tables, and what the driver refuses.
#include <doctest/doctest.h>

#include "tests/support/commands.h"
#include "tests/unit/driver_machine.h"
#include "tlm/spec/registers.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::FakeSmmu;
using sw_test::Machine;
using namespace smmu_vp::test;

TEST_CASE("the SMMU is set up in an order in which it never uses an unprepared structure") {
  Machine m;
  m.os.run([&] {
    REQUIRE(m.smmu.probe());
    std::string order;
    for (const FakeSmmu::Write& w : m.smmu_model.writes) {
      const spec::Register* r = spec::find_register(w.offset);
      REQUIRE(r != nullptr);
      order += std::string(r->name) + " ";
    }
    CHECK(order ==
          "CR0 CR1 CR2 STRTAB_BASE STRTAB_BASE_CFG CMDQ_BASE CMDQ_PROD CMDQ_CONS CR0 CMDQ_PROD CMDQ_PROD "
          "EVENTQ_BASE EVENTQ_PROD EVENTQ_CONS CR0 PRIQ_BASE PRIQ_PROD PRIQ_CONS CR0 CR0 IRQ_CTRL "
          "GERROR_IRQ_CFG0 EVENTQ_IRQ_CFG0 PRIQ_IRQ_CFG0 PRIQ_IRQ_CFG2 IRQ_CTRL CR0 ");
    CHECK(m.smmu_model.steps(0) == "CFGI_STE_RANGE SYNC TLBI_NSNH_ALL SYNC");
    CHECK(m.smmu_model.commands[0].w == cmd::cfgi_all());
    CHECK(m.smmu_model.read(reg::CR0, 4) == cr0::kAll);
    CHECK(m.smmu_model.read(reg::CR1, 4) == cr1::kCached);
    CHECK(m.smmu_model.read(reg::CR2, 4) == (cr2::PTM | cr2::RECINVSID));
    CHECK(m.smmu_model.read(reg::STRTAB_BASE_CFG, 4) == strtab::two_level(8, 16));
    CHECK((m.smmu_model.read(reg::STRTAB_BASE, 8) & mask(63, 56)) == strtab::RA);
  });
}

TEST_CASE("an SMMU found enabled aborts all traffic while it is set up again") {
  Machine m;
  m.smmu_model.set_register(reg::CR0, cr0::SMMUEN);
  m.os.run([&] {
    REQUIRE(m.smmu.probe());
    CHECK(m.smmu_model.writes[0].offset == reg::GBPA);
    CHECK(m.smmu_model.writes[0].value == (gbpa::Update | gbpa::ABORT));
    CHECK(m.smmu_model.writes[1].offset == reg::CR0);
  });
}

TEST_CASE("the driver refuses an SMMU that it cannot use, and logs the reason") {
  const struct {
    u32 offset;
    u64 value;
    const char* why;
  } cases[] = {
      {reg::IDR0, 0, "no translation supported"},
      {reg::IDR1, idr1::cmdqs(6) | idr1::eventqs(19), "command queue too small"},
      {reg::IDR1, idr1::TABLES_PRESET | idr1::cmdqs(19), "fixed addresses"},
      {reg::IDR1, idr1::REL | idr1::cmdqs(19), "fixed addresses"},
      {reg::IDR5, idr5::oas(k48Bits), "no translation granule"},
      {reg::IDR0, idr0::S1P, "AArch64"},
  };
  for (const auto& c : cases) {
    Machine m;
    m.smmu_model.set_register(c.offset, c.value);
    m.os.run([&] { CHECK_FALSE(m.smmu.probe()); });
    REQUIRE(m.os.log.size() == 1);
    CHECK(m.os.log[0].find(c.why) != std::string::npos);
  }
}

TEST_CASE("a non-coherent SMMU is used, but shares no address space") {
  Machine m;
  m.smmu_model.set_register(reg::IDR0, m.smmu_model.read(reg::IDR0, 4) & ~u64{idr0::COHACC});
  m.run([&] { CHECK(m.sva.bind(m.pcie, m.make_mm()) == nullptr); });
}

TEST_CASE("a stream's table is allocated at first use with aborting STEs and announced to the SMMU") {
  Machine m;
  m.os.run([&] {
    REQUIRE(m.smmu.probe());
    m.smmu_model.forget();
    REQUIRE(m.smmu.add_device(m.pcie));
    CHECK((m.os.stores[256].value & mask(4, 0)) == l1std::span(9));
    // Without Leaf a cached invalid L1STD is invalidated; then abort becomes bypass in one, as SHCFG is RES0 without IDR1.ATTR_TYPES_OVR.
    CHECK(m.smmu_model.steps(0) == "CFGI_STE SYNC CFGI_STE SYNC PREFETCH_CONFIG");
    CHECK(m.smmu_model.commands[0].w == cmd::cfgi_ste(Machine::kPcieSid, false));
    CHECK(m.smmu_model.commands[2].w == cmd::cfgi_ste(Machine::kPcieSid));
    const u64 at = sw_test::ste_address(m.os, m.smmu_model, Machine::kPcieSid);
    CHECK(m.os.load64(at) == (ste::kBypass | ste::V));
    CHECK(m.os.load64(at + 64) == (ste::kAbort | ste::V));
    CHECK_FALSE(m.smmu.add_device(m.pcie));  // taken
    sw_test::TestDevice outside(m.os, {.name = "outside", .stream_id = 0x1'0000}, false);
    CHECK_FALSE(m.smmu.add_device(outside));
  });
}

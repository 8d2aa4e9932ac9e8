// Bring-up: the order of register writes (6.3.9), the tables, and what the driver refuses.
#include <doctest/doctest.h>

#include "tests/unit/driver_machine.h"
#include "tlm/spec/registers.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::FakeSmmu;
using sw_test::Machine;

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
    CHECK(m.smmu_model.commands[0].w[1] == 31);
    CHECK(m.smmu_model.read(0x20, 4) == 0x1F);       // SMMUEN, PRIQEN, EVENTQEN, CMDQEN, ATSCHK
    CHECK(m.smmu_model.read(0x28, 4) == 0xD75);      // CR1
    CHECK(m.smmu_model.read(0x2C, 4) == 0x6);        // CR2: PTM, RECINVSID
    CHECK(m.smmu_model.read(0x88, 4) == 0x10210);    // two levels, SPLIT 8, 16 bits
    CHECK((m.smmu_model.read(0x80, 8) >> 62) == 1);  // RA
  });
}

TEST_CASE("an SMMU found enabled aborts all traffic while it is set up again") {
  Machine m;
  m.smmu_model.set_register(spec::offset::CR0, 1);
  m.os.run([&] {
    REQUIRE(m.smmu.probe());
    CHECK(m.smmu_model.writes[0].offset == spec::offset::GBPA);
    CHECK(m.smmu_model.writes[0].value == (1u << 31 | 1u << 20));
    CHECK(m.smmu_model.writes[1].offset == spec::offset::CR0);
  });
}

TEST_CASE("the driver refuses an SMMU that it cannot use, and logs the reason") {
  const struct {
    u32 offset;
    u64 value;
    const char* why;
  } cases[] = {
      {spec::offset::IDR0, 0, "no translation supported"},
      {spec::offset::IDR1, 6u << 21 | 19u << 16, "command queue too small"},
      {spec::offset::IDR1, 1u << 30 | 19u << 21, "fixed addresses"},
      {spec::offset::IDR1, 1u << 28 | 19u << 21, "fixed addresses"},
      {spec::offset::IDR5, 5, "no translation granule"},
      {spec::offset::IDR0, 2u, "AArch64"},
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
  m.smmu_model.set_register(spec::offset::IDR0, m.smmu_model.read(0, 4) & ~(1u << 4));
  m.run([&] { CHECK(m.sva.bind(m.pcie, m.make_mm()) == nullptr); });
}

TEST_CASE("a stream's table is allocated at first use with aborting STEs and announced to the SMMU") {
  Machine m;
  m.os.run([&] {
    REQUIRE(m.smmu.probe());
    m.smmu_model.forget();
    REQUIRE(m.smmu.add_device(m.pcie));
    // L1STD: Span 9 (5.1); Leaf = 0 invalidates a cached invalid L1STD; then abort to bypass in two passes.
    CHECK((m.os.stores[256].value & 0x1F) == 9);
    CHECK(m.smmu_model.steps(0) == "CFGI_STE SYNC CFGI_STE SYNC CFGI_STE SYNC PREFETCH_CONFIG");
    CHECK(m.smmu_model.commands[0].w[1] == 0);
    CHECK(m.smmu_model.commands[2].w[1] == 1);
    const u64 ste = sw_test::ste_address(m.os, m.smmu_model, Machine::kPcieSid);
    CHECK(m.os.load64(ste) == 0x9);
    CHECK(m.os.load64(ste + 64) == 0x1);
    CHECK_FALSE(m.smmu.add_device(m.pcie));  // taken
    sw_test::TestDevice outside(m.os, {.name = "outside", .stream_id = 0x1'0000}, false);
    CHECK_FALSE(m.smmu.add_device(outside));
  });
}

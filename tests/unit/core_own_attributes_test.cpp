// The memory types of the SMMU's own accesses: tables, structures, queues and MSIs (13.1.2, 13.1.7).
#include "tlm/core/own_attributes.h"

#include "tests/unit/core_config.h"
#include "tests/unit/core_nested.h"
#include "tlm/core/output_queue.h"

namespace smmu_vp::test {

using namespace core;
using spec::MemoryType;

namespace {

constexpr u8 kNsh = 0b00, kOsh = 0b10, kIsh = 0b11;
// Halves of a MAIR byte: Write-Back and Write-Through, non-transient, with allocation hints.
constexpr u8 kNc = 0x4, kWbRaWa = 0xF, kWbRa = 0xE, kWb = 0xC, kWtRa = 0xA, kWtRaWa = 0xB;

constexpr u8 halves(u8 outer, u8 inner) {
  return static_cast<u8>(outer << 4 | inner);
}

constexpr auto k32 = spec::RegisterSize::k32, k64 = spec::RegisterSize::k64;

}  // namespace

TEST_CASE("MSI attributes that go out are consistent") {
  CHECK(msi_type({0xF, kIsh}) == MemoryType{mair::kWriteBack, kIsh});
  CHECK(msi_type({0xF, kOsh}) == MemoryType{mair::kWriteBack, kOsh});
  CHECK(msi_type({0xF, kNsh}) == MemoryType{mair::kWriteBack, kNsh});
  CHECK(msi_type({0xF, 0b01}) == MemoryType{mair::kWriteBack, kNsh});  // Reserved: Non-shareable (4.7.3)
  CHECK(msi_type({0x1, kNsh}) == MemoryType{mair::kDeviceNgnre, kOsh});
  CHECK(msi_type({0x5, kIsh}) == MemoryType{mair::kNonCacheable, kOsh});
  for (const u64 reserved : {0x4, 0x8, 0xC})
    CHECK(msi_type({reserved, kIsh}) == MemoryType{mair::kDevice, kOsh});
}

TEST_CASE("table walks have the cacheability, hints and shareability of their CD or STE") {
  CHECK(table_walk_type({.inner = 1, .outer = 1, .sh = kIsh}) == MemoryType{halves(kWbRaWa, kWbRaWa), kIsh});
  CHECK(table_walk_type({.inner = 2, .outer = 3, .sh = kNsh}) == MemoryType{halves(kWbRa, kWtRa), kNsh});
  CHECK(table_walk_type({.inner = 0, .outer = 1, .sh = 0b01}) == MemoryType{halves(kWbRaWa, kNc), kNsh});
  CHECK(table_walk_type({.inner = 0, .outer = 0, .sh = kIsh}) == MemoryType{halves(kNc, kNc), kOsh});
  CHECK(context_type({.inner = 3, .outer = 1, .sh = kOsh}) == MemoryType{halves(kWbRa, kWb), kOsh});
}

TEST_CASE("stream tables and queues have the attributes of CR1 and the hint of their base register") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::CR1, k32,
          cr1::table_ic(0b01) | cr1::table_oc(0b10) | cr1::table_sh(0b11) | cr1::queue_ic(0b10) |
              cr1::queue_oc(0b00) | cr1::queue_sh(0b10));
  CHECK(stream_table_type(r) == MemoryType{halves(0x8, kWb), kIsh});  // no allocation
  r.write(reg::STRTAB_BASE, k64, strtab::RA);
  CHECK(stream_table_type(r) == MemoryType{halves(kWtRaWa, kWbRaWa), kIsh});
  CHECK(queue_type(r, reg::CMDQ_BASE) == MemoryType{halves(kNc, 0x8), kOsh});
  r.write(reg::EVENTQ_BASE, k64, queue::HINT);
  CHECK(queue_type(r, reg::EVENTQ_BASE) == MemoryType{halves(kNc, kWtRaWa), kOsh});
  r.write(reg::CR1, k32, cr1::kQueues | cr1::kTables);  // Reserved cacheability is none (6.3.11)
  CHECK(queue_type(r, reg::EVENTQ_BASE) == MemoryType{mair::kNonCacheable, kOsh});
  CHECK(stream_table_type(r) == MemoryType{mair::kNonCacheable, kOsh});
}

TEST_CASE("an STE is fetched as CR1 says and a CD as its STE says") {
  ConfigTables t;
  t.registers.write(reg::CR1, k32, cr1::kCached);
  t.ste(3, kSte0 | kCds, ste::s1_cir(0b10) | ste::s1_cor(0b10) | ste::s1_csh(0b10));
  t.memory.words[kCds] = kCd0;
  t.memory.words[kCds + 8] = 0x10'0000;
  CHECK_FALSE(t.find(3).fault.has_value());
  CHECK(t.memory.types.at(kStrtab + 64 * 3) == MemoryType{halves(kWb, kWb), kIsh});
  CHECK(t.memory.types.at(kCds) == MemoryType{halves(kWtRa, kWtRa), kOsh});
}

TEST_CASE("walks of stage 1 are of the CD's type, combined with that of their tables' pages under stage 2") {
  OnePage w;
  w.stage1.tables[0].type = {halves(kWbRaWa, kWbRaWa), kIsh};
  w.stage2.table_type = {halves(kWtRa, kWtRa), kOsh};
  CHECK_FALSE(w.nested({.address = 0x2000, .intent = {.read = true}}).fault.has_value());
  CHECK(w.memory.types.at(kS1At) == MemoryType{halves(kWbRaWa, kWbRaWa), kIsh});
  CHECK(w.memory.types.at(0x90'0000) == MemoryType{halves(kWtRa, kWtRa), kOsh});
  CHECK(w.memory.types.at(kS2TableAt) == MemoryType{halves(kWtRa, kWtRa), kOsh});

  OnePage device;  // stage 2 maps the table's page as Device
  device.stage1.tables[0].type = {halves(kWbRaWa, kWbRaWa), kIsh};
  device.map(0x10'0000, 0xA0'0000, s2::kRead | s2::kWrite | s2::kAf | s2::mem_attr(0b0001) | pte::kPage);
  CHECK_FALSE(device.nested({.address = 0x2000, .intent = {.read = true}}).fault.has_value());
  CHECK(device.memory.types.at(kS1At) == MemoryType{mair::kDeviceNgnre, kOsh});
}

TEST_CASE("an update of a descriptor has the type of the walk") {
  OnePage w;
  w.stage1.tables[0].type = {halves(kWbRaWa, kWbRaWa), kIsh};
  w.stage1.updates_access_flag = true;
  w.memory.words[kS1At] = 0x4000 | pte::kUser | pte::kNg | pte::kPage;  // AF is 0
  bool updated = false;
  w.memory.before_swap = [&] {
    updated = true;
    w.memory.types.clear();
  };
  CHECK_FALSE(w.stage1_alone({.address = 0x2000, .intent = {.read = true}}).fault.has_value());
  REQUIRE(updated);
  CHECK(w.memory.types.at(kS1At) == MemoryType{halves(kWbRaWa, kWbRaWa), kIsh});
}

}  // namespace smmu_vp::test

// With which memory type an access leaves the SMMU: overrides, stages and their order (13.2 to 13.5).
#include "tests/unit/core_translator.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;
using spec::MemoryType;

namespace {

constexpr u8 kNsh = 0b00, kOsh = 0b10, kIsh = 0b11;
constexpr MemoryType kUnsupplied{}, kBusIsh{mair::kWriteBack, kIsh};
// Read-allocating alone; and Device-nGnRE.
constexpr u8 kReads = 0xEE;
constexpr AttributeOverrides kToDevice{.type = true, .mem_attr = 0b0001};

SmmuFeatures overriding() {
  SmmuFeatures f;
  f.attr_types_ovr = true;
  f.s2 = true;
  return f;
}

// A stream whose page has this type after its stages; of stage 2 alone, MemAttr and SH of its descriptor.
struct Typed : Translating {
  explicit Typed(MemoryType of_page, u32 cr0_bits = cr0::SMMUEN | cr0::ATSCHK)
      : Translating(overriding(), cr0_bits) {
    port.walked.translation.memory_attributes = of_page.attributes;
    port.walked.translation.shareability = of_page.shareability;
  }
  MemoryType goes_out(MemoryType supplied = kUnsupplied) {
    const Decision d = translator().untranslated(access(), supplied);
    CHECK(d.outcome == Decision::Outcome::kPass);
    return d.type;
  }
};

}  // namespace

TEST_CASE("stage 1 replaces the type that the bus and the STE give") {
  Typed t({mair::kDeviceNgnre, kOsh});
  CHECK(t.goes_out() == MemoryType{mair::kDeviceNgnre, kOsh});
  CHECK(t.goes_out(kBusIsh) == MemoryType{mair::kDeviceNgnre, kOsh});
  t.port.found.stream.overrides = {.type = true, .mem_attr = 0xF, .shcfg = 0};
  CHECK(t.goes_out() == MemoryType{mair::kDeviceNgnre, kOsh});
}

TEST_CASE("stage 1 keeps the allocation hints of a cacheable access, which ALLOCCFG may override") {
  Typed t({mair::kWriteBack, kIsh});
  CHECK(t.goes_out({kReads, kNsh}) == MemoryType{kReads, kIsh});
  CHECK(t.goes_out({mair::kNonCacheable, kOsh}) == MemoryType{mair::kWriteBack, kIsh});
  t.port.found.stream.overrides = {.alloccfg = 0b1100};  // allocates for reads
  CHECK(t.goes_out() == MemoryType{kReads, kIsh});
}

TEST_CASE("stage 2 alone combines its descriptor with the type that the STE leaves") {
  Typed t({0b1111, kIsh});  // Normal Write-Back
  t.without_stage1(true);
  CHECK(t.goes_out() == MemoryType{mair::kWriteBack, kIsh});
  CHECK(t.goes_out({mair::kNonCacheable, kOsh}) == MemoryType{mair::kNonCacheable, kOsh});
  t.port.found.stream.overrides = kToDevice;
  CHECK(t.goes_out() == MemoryType{mair::kDeviceNgnre, kOsh});
  t.port.walked.translation.memory_attributes = 0b0101;  // Normal Non-cacheable
  t.port.found.stream.overrides = {};
  CHECK(t.goes_out() == MemoryType{mair::kNonCacheable, kOsh});
}

TEST_CASE("with S2FWB a stage 2 of Write-Back makes a device's Non-cacheable access Write-Back") {
  Typed t({0b0110, kIsh});
  t.without_stage1(true);
  t.port.found.stream.s2.forces_attributes = true;
  CHECK(t.goes_out({mair::kNonCacheable, kOsh}) == MemoryType{mair::kWriteBack, kOsh});
}

TEST_CASE("a stream that bypasses goes out as its bus and its STE say") {
  Typed t({});
  t.without_stage1();
  CHECK(t.goes_out() == MemoryType{mair::kWriteBack, kNsh});  // 13.1.3
  CHECK(t.goes_out(kBusIsh) == kBusIsh);
  CHECK(t.goes_out({mair::kDeviceNgnre, kNsh}) == MemoryType{mair::kDeviceNgnre, kOsh});  // 13.1.7
  t.port.found.stream.overrides = {.shcfg = kIsh};
  CHECK(t.goes_out() == kBusIsh);
  t.port.found.stream.overrides = kToDevice;
  CHECK(t.goes_out(kBusIsh) == MemoryType{mair::kDeviceNgnre, kOsh});
}

TEST_CASE("while the SMMU is disabled GBPA's fields take the STE's place, if IDR1 advertises them") {
  const u32 device = gbpa::Update | gbpa::MTCFG | gbpa::mem_attr(0b0001) | gbpa::shcfg(0b01);
  Typed t({}, 0);
  t.registers.write(reg::GBPA, spec::RegisterSize::k32, device);
  CHECK(t.goes_out(kBusIsh) == MemoryType{mair::kDeviceNgnre, kOsh});
  Translating without({}, 0);
  without.registers.write(reg::GBPA, spec::RegisterSize::k32, device);
  CHECK(without.translator().untranslated(Translating::access(), kBusIsh).type == kBusIsh);
}

TEST_CASE(
    "a Translated access keeps its bus's type, and stage 2 combines with it, whatever the STE overrides") {
  Typed t({0b0101, kNsh});
  t.port.found.stream.overrides = kToDevice;
  CHECK(t.translator().translated(Translating::access({.read = true}, kPa), kBusIsh).type == kBusIsh);
  t.port.found.stream.eats = spec::ste::kEatsSplit;
  t.port.found.stream.stage2 = true;
  t.port.found.stage1 = false;
  const Decision d = t.translator().translated(Translating::access({.read = true}, kVa), kBusIsh);
  CHECK(d.outcome == Decision::Outcome::kPass);
  CHECK(d.type == MemoryType{mair::kNonCacheable, kOsh});
}

TEST_CASE("an STE's overrides of the type are decoded only where IDR1 advertises them") {
  const u64 words[] = {ste::kBypass | ste::V,
                       ste::MTCFG | ste::mem_attr(0b0101) | ste::alloccfg(0b1010) | ste::shcfg(0b11)};
  const spec::Ste raw{{words[0], words[1]}};
  const AttributeOverrides all{.type = true, .mem_attr = 0b0101, .alloccfg = 0b1010, .shcfg = kIsh};
  CHECK(parse_ste(raw, overriding(), {})->overrides == all);
  CHECK(parse_ste(raw, {}, {})->overrides == AttributeOverrides{});
}

}  // namespace smmu_vp::test

// Stage 2, alone and under stage 1: sizes, starts, rights, faults and what they report (5.2, 7.3.13, D8.2.2).
#include "tests/unit/core_nested.h"
#include "tlm/core/event_record.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

using Fixture = NestedWalks;

}  // namespace

TEST_CASE("stage 2 alone maps IPAs to PAs and its entries have no ASID") {
  Fixture f;
  f.map(0x5000, 0x77'7000);
  const WalkResult r = f.alone({.address = 0x5678});
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.va == 0x5000);
  CHECK(r.translation.pa == 0x77'7000);
  CHECK(r.translation.log2_size == 12);
  CHECK(r.translation.rights.user_write);
  CHECK(f.memory.reads == std::vector<u64>{0x90'0000, 0x91'0000, 0x92'0028});
  const LookupKey key = lookup_key(f.stage2, 0x5678);
  CHECK(key.vmid == 3);
  CHECK(key.context == 0x1'0000);  // no ASID has 17 bits
}

TEST_CASE("up to sixteen tables are concatenated where a stage 2 walk starts") {
  Fixture f;
  f.stage2.input_bits = 34;  // level 1 resolves 30 bits and up: 16 entries of one table
  f.memory.words = {{0x90'0000 + 8 * 15, 0x5'C000'0000 | kS2Block}};
  CHECK(f.alone({.address = 0x3'C000'0000}).translation.pa == 0x5'C000'0000);
  f.stage2.input_bits = 43;  // 13 bits of index in 16 tables, aligned to 64 KB together
  f.stage2.base = 0x90'F000;
  f.memory.words = {{0x90'0000 + 8 * 0x1FFF, 0x6'0000'0000 | kS2Block}};
  CHECK(f.alone({.address = 0x7FF'C000'0000}).translation.pa == 0x6'0000'0000);
  CHECK(f.memory.reads.back() == 0x90'0000 + 8 * 0x1FFF);
}

TEST_CASE("S2SL0 must be consistent with S2T0SZ and S2TG") {
  const auto start = [](Granule g, u64 sl0, unsigned bits, unsigned oas = 48) {
    return stage2_start_level(g, sl0, bits, SmmuFeatures{.oas_bits = oas}).value_or(-9);
  };
  CHECK(start(Granule::k4K, 0, 34) == 2);
  CHECK(start(Granule::k4K, 0, 22) == 2);
  CHECK(start(Granule::k4K, 0, 21) == -9);
  CHECK(start(Granule::k4K, 0, 35) == -9);
  CHECK(start(Granule::k4K, 1, 43) == 1);
  CHECK(start(Granule::k4K, 1, 44) == -9);
  CHECK(start(Granule::k4K, 2, 48) == 0);
  CHECK(start(Granule::k4K, 2, 40) == 0);
  CHECK(start(Granule::k4K, 2, 40, 42) == -9);  // level 0 from 44 bits of output on
  CHECK(start(Granule::k4K, 3, 25) == 3);
  CHECK(start(Granule::k4K, 3, 26) == -9);
  CHECK(start(Granule::k16K, 0, 29) == 3);
  CHECK(start(Granule::k16K, 1, 40) == 2);
  CHECK(start(Granule::k16K, 2, 47) == 1);
  CHECK(start(Granule::k16K, 2, 40, 40) == -9);
  CHECK(start(Granule::k16K, 3, 48) == -9);  // level 0 is for 52-bit addresses
  CHECK(start(Granule::k64K, 1, 42) == 2);
  CHECK(start(Granule::k64K, 2, 48) == 1);
  CHECK(start(Granule::k64K, 3, 48) == -9);  // Reserved
}

TEST_CASE("an input beyond S2T0SZ and an output beyond S2PS are faults of stage 2") {
  Fixture f;
  check_s2(f.alone({.address = 0x1'0000'0000}), F_TRANSLATION, kIn, 0x1'0000'0000);
  CHECK(f.memory.reads.empty());
  f.stage2.output_bits = 36;
  f.map(0x5000, 0x10'0000'0000);
  check_s2(f.alone({.address = 0x5678}), F_ADDR_SIZE, kIn, 0x5678);
  check_s2(f.alone({.address = 0x6000}), F_TRANSLATION, kIn, 0x6000);
}

TEST_CASE("S2AP, and XN with the privilege of the access, decide what stage 2 permits") {
  Fixture f;
  const auto fault = [&](u64 bits, const WalkRequest& request) {
    f.map(0x5000, 0x77'7000, bits);
    f.cache.invalidate({}, false);
    const WalkResult r = f.alone(request);
    return r.fault ? r.fault->event : spec::EventId{};
  };
  constexpr u64 kNone = kS2Page & ~(s2::kRead | s2::kWrite), kRead = kNone | s2::kRead,
                kWrite = kNone | s2::kWrite;
  CHECK(fault(kNone, {.address = 0x5000}) == F_PERMISSION);
  CHECK(fault(kRead, {.address = 0x5000}) == spec::EventId{});
  CHECK(fault(kRead, {.address = 0x5000, .intent = {.write = true}}) == F_PERMISSION);
  CHECK(fault(kWrite, {.address = 0x5000, .intent = {.write = true}}) == spec::EventId{});
  CHECK(fault(kWrite, {.address = 0x5000}) == F_PERMISSION);
  // XN[1:0] 00: both execute, 01: EL0 alone, 10: neither, 11: EL1 alone.
  const bool user[] = {true, true, false, false}, priv[] = {true, false, false, true};
  for (u64 xn = 0; xn < 4; ++xn) {
    const u64 bits = kS2Page | s2::xn(xn);
    CHECK((fault(bits, {.address = 0x5000, .intent = {.read = true, .exec = true}}) == spec::EventId{}) ==
          user[xn]);
    CHECK((fault(bits, {.address = 0x5000, .intent = {.read = true, .exec = true, .priv = true}}) ==
           spec::EventId{}) == priv[xn]);
  }
  CHECK(fault(kNone, {.address = 0x5000, .intent = {.read = true, .exec = true}}) ==
        spec::EventId{});  // execute only
}

TEST_CASE(
    "in a nested stream each stage 1 descriptor and the output go through stage 2, and sizes shrink to the "
    "smaller") {
  Fixture f;
  f.map(0x10'0000, 0xA0'0000);                           // the stage 1 table
  f.map(0x4000, 0xB0'4000);                              // its page's IPA
  f.memory.words[0xA0'0000 + 8 * 2] = 0x4000 | kS1Page;  // VA 0x2000
  const WalkResult r = f.nested({.address = 0x2ABC, .intent = {.write = true}});
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.va == 0x2000);
  CHECK(r.translation.pa == 0xB0'4000);
  CHECK(r.ipa == 0x4ABC);
  CHECK(f.memory.reads ==
        std::vector<u64>{0x90'0000, 0x91'0000, 0x92'0000 + 8 * 0x100, 0xA0'0010, 0x92'0000 + 8 * 4});
  // A block of stage 2 under a page of stage 1, and the other way round.
  f.memory.words[0x91'0008] = 0xC0'0000 | kS2Block;  // IPA 2..4 MB
  f.memory.words[0xA0'0000 + 8 * 3] = 0x20'1000 | kS1Page;
  CHECK(f.nested({.address = 0x3000}).translation.log2_size == 12);
  CHECK(f.nested({.address = 0x3000}).translation.pa == 0xC0'1000);
  f.stage1.tables[0].input_bits = 30;
  f.memory.words[0xA0'0008] = kS1Block;  // VA 2..4 MB to IPA 0
  const Translation t = f.nested({.address = 0x20'4000}).translation;
  CHECK(t.va == 0x20'4000);
  CHECK(t.pa == 0xB0'4000);
  CHECK(t.log2_size == 12);
  CHECK(t.leaf_log2_size == 21);  // what an invalidation by VA matches
}

TEST_CASE("nested faults report the stage and what was being translated") {
  Fixture f;
  check_s2(f.nested({.address = 0x2ABC}), F_TRANSLATION, kTt, 0x10'0010);
  f.map(0x10'0000, 0xA0'0000, kS2Page & ~s2::kRead);  // a table that may only be written
  check_s2(f.nested({.address = 0x2ABC}), F_PERMISSION, kTt, 0x10'0010);
  f.map(0x10'0000, 0xA0'0000);
  f.memory.words[0xA0'0010] = 0x4000 | kS1Page;
  check_s2(f.nested({.address = 0x2ABC}), F_TRANSLATION, kIn, 0x4ABC);
  f.map(0x4000, 0xB0'4000, kS2Page & ~s2::kWrite);
  check_s2(f.nested({.address = 0x2ABC, .intent = {.write = true}}), F_PERMISSION, kIn, 0x4ABC);
  f.map(0x4000, 0xB0'4000, kS2Page & ~s2::kAf);
  f.cache.invalidate({}, false);
  check_s2(f.nested({.address = 0x2ABC}), F_ACCESS, kIn, 0x4ABC);
  // Stage 1 refuses first.
  f.memory.words[0xA0'0010] = 0x4000 | kS1Page | pte::kReadOnly;
  const WalkResult refused = f.nested({.address = 0x2ABC, .intent = {.write = true}});
  REQUIRE(refused.fault.has_value());
  CHECK(refused.fault->event == F_PERMISSION);
  CHECK_FALSE(refused.fault->s2);
}

TEST_CASE("a request that stage 1 grants nothing meets no fault of stage 2") {
  Fixture f;
  f.map(0x10'0000, 0xA0'0000);
  f.memory.words[0xA0'0010] = 0x4000 | (kS1Page & ~pte::kUser) | pte::kPxn | pte::kUxn;
  WalkRequest request{.address = 0x2000, .probe = true};
  CHECK_FALSE(f.nested(request).fault.has_value());
  request.intent.priv = true;
  check_s2(f.nested(request), F_TRANSLATION, kIn, 0x4000);
}

TEST_CASE("an abort belongs to the stage whose descriptor was fetched") {
  Fixture f;
  f.map(0x10'0000, 0xA0'0000);
  f.memory.aborts = {0xA0'0010};
  WalkResult r = f.nested({.address = 0x2ABC});
  REQUIRE(r.fault.has_value());
  CHECK(r.fault->event == F_WALK_EABT);
  CHECK_FALSE(r.fault->s2);
  CHECK(r.fault->fetch_address == 0xA0'0010);
  f.memory.aborts = {0x91'0000};
  f.cache.invalidate({}, false);
  r = f.nested({.address = 0x2ABC});
  check_s2(r, F_WALK_EABT, kTt, 0x10'0010);
  CHECK(r.fault->fetch_address == 0x91'0000);
}

TEST_CASE("S2PTW keeps stage 1 walks and CD fetches out of Device memory") {
  Fixture f;
  constexpr u64 kDevice = kS2Page & ~s2::mem_attr(0b1111);
  f.map(0x10'0000, 0xA0'0000, kDevice);
  f.map(0x4000, 0xB0'4000, kDevice);
  f.memory.words[0xA0'0010] = 0x4000 | kS1Page;
  CHECK_FALSE(f.nested({.address = 0x2ABC}).fault.has_value());
  f.stage2.walks_protected = true;
  check_s2(f.nested({.address = 0x2ABC}), F_PERMISSION, kTt, 0x10'0010);
  const Stage2Result cd = f.stage2_walker.translate(0, f.stage2, {.ipa = 0x10'0040, .of = kCd});
  REQUIRE(cd.fault.has_value());
  CHECK(cd.fault->event == F_PERMISSION);
  f.map(0x10'0000, 0xA0'0000);
  f.cache.invalidate({}, false);
  CHECK_FALSE(f.nested({.address = 0x2ABC}).fault.has_value());  // its data may be there
}

TEST_CASE("records of stage 2 faults carry S2 and CLASS and IPA and TTRnW") {
  const spec::Access access{.who = {.sid = 0x42}, .address = 0x2ABC, .intent = {.write = true}};
  Fault fault{.event = F_PERMISSION, .s2 = true, .of = kTt, .table_write = true, .ipa = 0x12'3456'7010};
  const auto record = [&access](const Fault& f) { return EventWords{event_record(f, access).w}; };
  EventWords e = record(fault);
  CHECK(e.head() == event::head(event::F_PERMISSION, 0x42));
  CHECK(e.s2());
  CHECK(e.cls() == event::kClassTT);
  CHECK_FALSE(e.table_read());
  CHECK(e.input_address() == 0x2ABC);
  CHECK(e.w[3] == 0x12'3456'7000);  // IPA[55:12], and nothing below
  fault.table_write = false;
  CHECK(record(fault).table_read());
  fault = {.event = F_TRANSLATION, .s2 = true, .of = kCd, .ipa = 0x9000};
  e = record(fault);
  CHECK(e.cls() == event::kClassCD);
  CHECK(e.w[3] == 0x9000);
  e = record({.event = F_TRANSLATION});
  CHECK_FALSE(e.s2());
  CHECK(e.cls() == event::kClassIN);
}

TEST_CASE("CMD_TLBI_S2_IPA invalidates stage 2 leaves of its VMID and with Leaf no tables") {
  Fixture f;
  f.map(0x5000, 0x77'7000);
  f.map(0x6000, 0x77'8000);
  const auto walk_reads = [&](u64 ipa) {
    f.memory.reads.clear();
    f.alone({.address = ipa});
    return f.memory.reads.size();
  };
  CHECK(walk_reads(0x5000) == 3);
  CHECK(walk_reads(0x6000) == 1);
  CHECK(walk_reads(0x5000) == 0);
  Invalidation page{.scope = Invalidation::Scope::kVa,
                    .vmid = 3,
                    .context = kStage2Context,
                    .first = 0x5000,
                    .last = 0x5FFF};
  f.cache.invalidate(page, true);
  CHECK(walk_reads(0x6000) == 0);
  CHECK(walk_reads(0x5000) == 1);
  f.cache.invalidate(page, false);
  CHECK(walk_reads(0x5000) == 3);
  page.vmid = 4;
  f.cache.invalidate(page, false);
  CHECK(walk_reads(0x5000) == 0);
  f.cache.invalidate({.scope = Invalidation::Scope::kVmid, .vmid = 3}, false);
  CHECK(walk_reads(0x5000) == 3);
}

}  // namespace smmu_vp::test

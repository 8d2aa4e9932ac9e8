// Fields of CDs and STEs about their translation tables: bases, sizes and granules of each table separately,
// with 52-bit addresses and in NS-EL2 (5.2, 5.4).
#include "tests/unit/core_config.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;

namespace {

// EPD1 0, T1SZ 16 and TG1 4 KB, with a valid first table.
constexpr u64 kBoth = (kCd0 & ~cd::EPD1) | cd::tg1(0b10) | cd::t1sz(16);

// The CD with another value of one field.
u64 t0sz(u64 word, u64 value) {
  return (word & ~cd::t0sz(0b11'1111)) | cd::t0sz(value);
}
u64 t1sz(u64 word, u64 value) {
  return (word & ~cd::t1sz(0b11'1111)) | cd::t1sz(value);
}
u64 tg0(u64 word, u64 value) {
  return (word & ~cd::tg0(0b11)) | cd::tg0(value);
}
u64 tg1(u64 word, u64 value) {
  return (word & ~cd::tg1(0b11)) | cd::tg1(value);
}
u64 ips(u64 word, u64 value) {
  return (word & ~cd::ips(0b111)) | cd::ips(value);
}

// Stage 2 alone.
bool stage2_valid(u64 size, u64 sl0, u64 tg, u64 ps, u64 ttb, const SmmuFeatures& f) {
  const u64 word =
      ste::S2AA64 | ste::s2_t0sz(size) | ste::s2_sl0(sl0) | ste::s2_tg(tg) | ste::s2_ps(ps) | ste::s2_vmid(1);
  return parse_ste({{ste::kStage2 | ste::V, 0, word, ttb}}, f).has_value();
}

StreamConfig el2_stream(const SmmuFeatures& f, bool e2h = false) {
  const auto stream = parse_ste({{kSte0 | kCds, ste::kEl2}}, f, {.e2h = e2h});
  REQUIRE(stream.has_value());
  return *stream;
}

}  // namespace

TEST_CASE("bits above TTB0 and TTB1 are treated as zero and are not ILLEGAL") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    const SmmuFeatures f{.version = version};
    for (unsigned n = 48; n <= 55; ++n) {
      // The field ends at address bit 51, and at 47 in SMMUv3.0 (5.4 TTB0, TTB1); OAS and IPS are 48 bits.
      const bool legal = n >= 52 || version == 0;
      CAPTURE(version);
      CAPTURE(n);
      const u64 high = bit(n) | 0x10'0000;
      const auto first = cd_of(kBoth, high, 0x20'0000, f), second = cd_of(kBoth, 0x20'0000, high, f);
      REQUIRE(first.has_value() == legal);
      REQUIRE(second.has_value() == legal);
      if (!legal) continue;
      CHECK(first->tables[0].base == 0x10'0000);
      CHECK(second->tables[1].base == 0x10'0000);
    }
  }
}

TEST_CASE("TTB1 has checks of its own where EPD1 is 0") {
  const u64 good = 0x10'0000;
  CHECK(cd_of(kBoth, good, good).has_value());
  for (const u64 size : {15, 49}) {
    CHECK_FALSE(cd_of(t1sz(kBoth, size), good, good).has_value());
    CHECK(cd_of(t1sz(kBoth | cd::EPD1, size), good, good).has_value());  // EPD1
  }
  CHECK(cd_of(t1sz(kBoth, 48), good, good).has_value());
  CHECK_FALSE(cd_of(t1sz(tg1(kBoth, 3), 48), good, good).has_value());  // 64 KB: 47 at most
  CHECK_FALSE(cd_of(tg1(kBoth, 0), good, good).has_value());            // Reserved
  // TG1 is encoded differently from TG0: 0b01 is 16 KB, 0b10 4 KB, 0b11 64 KB.
  const SmmuFeatures without[] = {{.granule_16k = false}, {.granule_4k = false}, {.granule_64k = false}};
  for (u64 tg = 1; tg <= 3; ++tg) {
    for (u64 other = 1; other <= 3; ++other) {
      const u64 cd = tg0(tg1(kBoth, tg), other == 2 ? 1 : 0);  // TG0 is 4 KB, or 64 KB where that is missing
      CHECK(cd_of(cd, good, good, without[other - 1]).has_value() == (tg != other));
    }
  }
  const u64 ips36 = ips(kBoth, 1);
  CHECK(cd_of(ips36, good, 0xF'FFFF'F000).has_value());
  CHECK_FALSE(cd_of(ips36, good, 0x10'0000'0000).has_value());
  CHECK(cd_of(ips36 | cd::EPD1, good, 0x10'0000'0000).has_value());
}

TEST_CASE("52-bit input addresses need the 64 KB granule at either stage") {
  const SmmuFeatures wide{.s2 = true, .oas_bits = 52}, narrow{.s2 = true};
  for (u64 size = 11; size <= 16; ++size) {
    CAPTURE(size);
    const bool large = size >= 12;
    CHECK(cd_of(t0sz(tg0(kCd0, 1), size), 0, 0, wide).has_value() == large);
    CHECK(cd_of(t1sz(tg1(kBoth, 3), size), 0, 0, wide).has_value() == large);
    CHECK(stage2_valid(size, 2, 1, 6, 0, wide) == large);
    const bool small = size >= 16;  // IDR5.DS is 0
    for (const u64 tg : {0, 2}) CHECK(cd_of(t0sz(tg0(kCd0, tg), size), 0, 0, wide).has_value() == small);
    for (const u64 tg : {1, 2}) CHECK(cd_of(t1sz(tg1(kBoth, tg), size), 0, 0, wide).has_value() == small);
    for (const u64 tg : {0, 2}) CHECK(stage2_valid(size, 2, tg, 6, 0, wide) == small);
    // They need 52-bit addresses as well.
    CHECK(cd_of(t0sz(tg0(kCd0, 1), size), 0, 0, narrow).has_value() == small);
    CHECK(stage2_valid(size, 2, 1, 6, 0, narrow) == small);
  }
}

TEST_CASE("a table beyond 48 bits needs 52-bit output and the 64 KB granule") {
  const SmmuFeatures wide{.s2 = true, .oas_bits = 52};
  const u64 high = 0xF'FFFF'FFF0'0000, low = 0xFFFF'FFF0'0000;
  for (const u64 ps : {5, 6, 7}) {  // 0b111 behaves as 0b110 up to SMMUv3.3
    CAPTURE(ps);
    CHECK(cd_of(tg0(ips(kCd0, ps), 1), high, 0, wide).has_value() == (ps > 5));
    CHECK(cd_of(tg1(ips(kBoth, ps), 3), 0, high, wide).has_value() == (ps > 5));
    CHECK(stage2_valid(16, 2, 1, ps, high, wide) == (ps > 5));
    for (const u64 tg : {0, 2}) {
      CHECK_FALSE(cd_of(tg0(ips(kCd0, ps), tg), high, 0, wide).has_value());
      CHECK_FALSE(stage2_valid(16, 2, tg, ps, high, wide));
      CHECK(cd_of(tg0(ips(kCd0, ps), tg), low, 0, wide).has_value());
      CHECK(stage2_valid(16, 2, tg, ps, low, wide));
    }
    for (const u64 tg : {1, 2}) CHECK_FALSE(cd_of(tg1(ips(kBoth, ps), tg), 0, high, wide).has_value());
  }
}

TEST_CASE("without small tables stage 2 cannot start at level 3 with 4 KB pages") {
  // S2SL0 0b11 is Reserved there, as is VTCR_EL2.SL0 without FEAT_TTST, which corresponds
  // to IDR3.STT (2.4, 5.2 S2SL0).
  const auto valid = [](unsigned version, u64 size, u64 sl0) {
    return stage2_valid(size, sl0, 0, 5, 0x90'0000, {.version = version, .s2 = true});
  };
  CHECK_FALSE(valid(0, 39, 3));
  CHECK(valid(0, 39, 0));  // level 2
  CHECK(valid(1, 39, 3));
  CHECK(valid(1, 40, 0));
  CHECK_FALSE(valid(0, 40, 0));
}

TEST_CASE("in NS-EL2 both EPD bits are ignored and so are the fields of a second table") {
  const SmmuFeatures f{.hyp = true};
  const StreamConfig el2 = el2_stream(f), e2h = el2_stream(f, true), el1{};
  const u64 big_endian = kCd0 | cd::EPD0 | cd::ENDI;  // EPD0, EPD1, ENDI
  CHECK_FALSE(cd_of(big_endian, 0, 0, f, el2).has_value());
  CHECK(cd_of(big_endian, 0, 0, f, el1).has_value());
  CHECK(cd_of(big_endian, 0, 0, f, e2h).has_value());
  const u64 garbage = tg1(t1sz(kBoth, 63), 0), ttb1 = mask(51, 4);  // 5.4.1: RES0
  CHECK(cd_of(garbage, 0, ttb1, f, el2).has_value());
  CHECK_FALSE(cd_of(garbage, 0, 0, f, el1).has_value());
  CHECK_FALSE(cd_of(garbage, 0, 0, f, e2h).has_value());
  CHECK_FALSE(cd_of(kBoth, 0, ttb1, f, e2h).has_value());
  const u64 no_first = t0sz(kCd0, 63) | cd::EPD0;  // EPD0 does not hide a bad T0SZ
  CHECK_FALSE(cd_of(no_first, 0, 0, f, el2).has_value());
  CHECK(cd_of(no_first, 0, 0, f, e2h).has_value());
}

}  // namespace smmu_vp::test

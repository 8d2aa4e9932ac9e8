// Validity of STEs and CDs against the pseudocode of 5.2.2 and 5.4.2, for pseudo-random structures.
#include <doctest/doctest.h>

#include <random>
#include <set>

#include "tests/support/structures.h"
#include "tests/unit/core_validity.h"
#include "tlm/core/context_descriptor.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

namespace {

class Dice {
 public:
  u64 word() { return engine_(); }
  u64 below(u64 n) { return engine_() % n; }
  bool once_in(u64 n) { return below(n) == 0; }
  template <std::size_t N>
  u64 of(const u64 (&choices)[N]) {
    return choices[below(N)];
  }
  // Mostly within 32 bits, else with one more bit set.
  u64 address() { return (word() & 0xFFFF'FFFF) | (once_in(3) ? u64{1} << (32 + below(24)) : 0); }

 private:
  std::mt19937_64 engine_{0x5A4D'4D55};
};

// Unused fields are random; the others are valid often enough for every clause to be tested.
Words random_ste(Dice& dice, const SmmuFeatures& f) {
  Words s;
  for (u64& w : s) w = dice.word();
  put(s, 55, 6, dice.address() >> 6);
  put(s, 0, 0, dice.once_in(32) ? 0 : 1);
  put(s, 3, 1, dice.once_in(8) ? dice.below(8) : 4 + dice.below(4));
  if (dice.once_in(2)) put(s, 63, 59, dice.of({0, f.ssid_bits, f.ssid_bits + 1}));
  put(s, 91, 91, dice.once_in(8));
  put(s, 93, 92, dice.of({0, 0, 0, 0, 1, 1, 2, 3}));
  if (!dice.once_in(4)) put(s, 95, 94, dice.of({0, 2}));
  if (!dice.once_in(4)) put(s, 143, 136, 0);
  put(s, 185, 185, dice.once_in(8) != (f.stall_model == 2));
  put(s, 179, 179, !dice.once_in(16));
  put(s, 180, 180, dice.once_in(16));
  put(s, 184, 183, dice.once_in(4) ? dice.below(4) : 0);
  put(s, 247, 196, dice.address() >> 4);
  for (int tries = 0; tries < 6; ++tries) {
    put(s, 167, 160, dice.word());
    const unsigned granule = tg0(get(s, 175, 174), f);
    if (granule != 0 && !start_inconsistent(granule, get(s, 167, 166), get(s, 165, 160), f)) break;
  }
  return s;
}
Words random_cd(Dice& dice, const SmmuFeatures& f) {
  Words c;
  for (u64& w : c) w = dice.word();
  put(c, 31, 31, dice.once_in(32) ? 0 : 1);
  put(c, 15, 15, dice.once_in(8));
  put(c, 41, 41, !dice.once_in(16));
  put(c, 43, 42, dice.once_in(4) ? dice.below(4) : 0);
  put(c, 44, 44, dice.once_in(8) != (f.stall_model == 2));
  put(c, 46, 46, !dice.once_in(8));
  if (!dice.once_in(4)) put(c, 63, 56, 0);
  for (const unsigned n : {0u, 1u}) {
    put(c, 16 * n + 5, 16 * n,
        dice.once_in(2) ? 16 + dice.below(24) : dice.of({0, 11, 12, 15, 16, 39, 40, 47, 48, 49, 63}));
    if (!dice.once_in(4)) put(c, 16 * n + 7, 16 * n + 6, n + dice.below(3));
    put(c, 64 * n + 119, 64 * n + 68, dice.address() >> 4);
  }
  return c;
}

std::string text(const Words& w) {
  std::string out;
  for (const u64 word : w) out += " " + std::to_string(word);
  return out;
}

constexpr SmmuFeatures kFeatureSets[] = {
    {},
    {.version = 0, .s2 = true, .hyp = true},
    {.version = 1, .s2 = true, .hyp = true, .httu = 1},
    {.version = 2, .s2 = true, .hyp = true, .httu = 2},
    {.version = 3, .s2 = true, .hyp = true, .vmid_bits = 8},
    {.s2 = true, .stall_model = 1, .asid_bits = 8},
    {.s2 = true, .stall_model = 2, .term_model = 1, .vmid_bits = 8},
    {.s2 = true, .ats = false, .pri = false},
    {.s1 = false, .s2 = true},
    {.s1 = true, .hyp = true, .asid_bits = 8},
    {.s2 = true, .oas_bits = 32},
    {.version = 0, .s2 = true, .oas_bits = 36, .cd_table_levels = 1},
    {.s2 = true, .oas_bits = 40, .ssid_bits = 0},
    {.s2 = true, .oas_bits = 42, .ssid_bits = 7},
    {.s2 = true, .oas_bits = 44, .cd_table_levels = 1},
    {.version = 1, .s2 = true, .hyp = true, .oas_bits = 52},
    {.version = 3, .s2 = true, .httu = 2, .oas_bits = 52, .granule_4k = false},
    {.s2 = true, .granule_16k = false},
    {.s2 = true, .granule_4k = false, .granule_64k = false},
    {.version = 0, .s2 = true, .granule_16k = false, .granule_64k = false},
};
constexpr int kEach = 1000;

}  // namespace

TEST_CASE("random STEs are ILLEGAL or valid as in the manual's pseudocode, for all features") {
  Dice dice;
  std::set<std::string> clauses;
  int valid = 0;
  for (const SmmuFeatures& f : kFeatureSets) {
    for (int i = 0; i < kEach; ++i) {
      const Words s = random_ste(dice, f);
      const std::string clause = ste_illegal(s, f);
      CHECK_MESSAGE(parse_ste({s}, f).has_value() == clause.empty(),
                    "feature set " << &f - kFeatureSets << ", clause '" << clause << "':" << text(s));
      clauses.insert(clause);
      valid += clause.empty() && get(s, 3, 3) != 0 ? 1 : 0;
    }
  }
  CHECK(clauses ==
        std::set<std::string>{"",           "V",        "S1P",       "S2P",   "EATS split",   "EATS full",
                              "STRW",       "S1STALLD", "S1CDMax",   "S1Fmt", "S1ContextPtr", "S2S",
                              "S2S forced", "S2AA64",   "S2HA S2HD", "S2HD",  "S2TG",         "S2TTB",
                              "S2T0SZ",     "S2SL0",    "S2ENDI",    "S2VMID"});
  CHECK(valid > 4000);
}

TEST_CASE("random CDs are ILLEGAL or valid as in the manual's pseudocode, for all features") {
  Dice dice;
  std::set<std::string> clauses;
  int valid = 0;
  for (const SmmuFeatures& f : kFeatureSets) {
    if (!f.s1) continue;
    for (int i = 0; i < kEach; ++i) {
      const bool strw = f.hyp && dice.once_in(2), e2h = dice.once_in(2);
      const bool s1stalld = f.stall_model == 0 && dice.once_in(4);
      const auto stream =
          parse_ste({{ste::kStage1 | ste::V, (strw ? ste::kEl2 : 0) | (s1stalld ? ste::S1STALLD : 0)}}, f,
                    {.e2h = e2h});
      REQUIRE(stream.has_value());
      const Words c = random_cd(dice, f);
      const std::string clause = cd_illegal(c, strw && !e2h, s1stalld, f);
      CHECK_MESSAGE(parse_cd({c}, *stream, f).has_value() == clause.empty(),
                    "feature set " << &f - kFeatureSets << ", clause '" << clause << "':" << text(c));
      clauses.insert(clause);
      valid += clause.empty() ? 1 : 0;
    }
  }
  CHECK(clauses == std::set<std::string>{"", "V", "S1STALLD", "A", "S", "S forced", "ENDI", "AA64", "HA HD",
                                         "HD", "ASID", "TG0", "T0SZ", "TTB0", "TG1", "T1SZ", "TTB1"});
  CHECK(valid > 2000);
}

}  // namespace smmu_vp::test

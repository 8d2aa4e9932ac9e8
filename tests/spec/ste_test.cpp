// STE and L1STD against 5.2 and 5.1: every field's place, and whole entries as software writes them.
#include "tlm/spec/ste.h"

#include <doctest/doctest.h>

#include "tests/spec/record_check.h"
#include "tests/support/structures.h"

namespace smmu_vp::spec {
namespace {

constexpr ManualField kManual[] = {
    {"V", 0, 0x0000000000000001},           {"Config", 0, 0x000000000000000E},
    {"S1Fmt", 0, 0x0000000000000030},       {"S1ContextPtr", 0, 0x00FFFFFFFFFFFFC0},
    {"S1CDMax", 0, 0xF800000000000000},     {"S1DSS", 1, 0x0000000000000003},
    {"S1CIR", 1, 0x000000000000000C},       {"S1COR", 1, 0x0000000000000030},
    {"S1CSH", 1, 0x00000000000000C0},       {"S2HWU59", 1, 0x0000000000000100},
    {"S2HWU60", 1, 0x0000000000000200},     {"S2HWU61", 1, 0x0000000000000400},
    {"S2HWU62", 1, 0x0000000000000800},     {"DRE", 1, 0x0000000000001000},
    {"CONT", 1, 0x000000000001E000},        {"DCP", 1, 0x0000000000020000},
    {"PPAR", 1, 0x0000000000040000},        {"MEV", 1, 0x0000000000080000},
    {"SW_RESERVED", 1, 0x0000000000F00000}, {"S1PIE", 1, 0x0000000001000000},
    {"S2FWB", 1, 0x0000000002000000},       {"S1MPAM", 1, 0x0000000004000000},
    {"S1STALLD", 1, 0x0000000008000000},    {"EATS", 1, 0x0000000030000000},
    {"STRW", 1, 0x00000000C0000000},        {"MemAttr", 1, 0x0000000F00000000},
    {"MTCFG", 1, 0x0000001000000000},       {"ALLOCCFG", 1, 0x000001E000000000},
    {"SHCFG", 1, 0x0000300000000000},       {"NSCFG", 1, 0x0000C00000000000},
    {"PRIVCFG", 1, 0x0003000000000000},     {"INSTCFG", 1, 0x000C000000000000},
    {"S2VMID", 2, 0x000000000000FFFF},      {"S2T0SZ", 2, 0x0000003F00000000},
    {"S2SL0", 2, 0x000000C000000000},       {"S2IR0", 2, 0x0000030000000000},
    {"S2OR0", 2, 0x00000C0000000000},       {"S2SH0", 2, 0x0000300000000000},
    {"S2TG", 2, 0x0000C00000000000},        {"S2PS", 2, 0x0007000000000000},
    {"S2AA64", 2, 0x0008000000000000},      {"S2ENDI", 2, 0x0010000000000000},
    {"S2AFFD", 2, 0x0020000000000000},      {"S2PTW", 2, 0x0040000000000000},
    {"S2HD", 2, 0x0080000000000000},        {"S2HA", 2, 0x0100000000000000},
    {"S2S", 2, 0x0200000000000000},         {"S2R", 2, 0x0400000000000000},
    {"S2HAFT", 2, 0x0800000000000000},      {"S2PIE", 2, 0x1000000000000000},
    {"S2POE", 2, 0x2000000000000000},       {"DPT_VMATCH", 2, 0xC000000000000000},
    {"S2NSW", 3, 0x0000000000000001},       {"S2NSA", 3, 0x0000000000000002},
    {"S2SL0_2", 3, 0x0000000000000004},     {"S2DS", 3, 0x0000000000000008},
    {"S2TTB", 3, 0x00FFFFFFFFFFFFF0},       {"S2SKL", 3, 0x6000000000000000},
    {"PARTID", 4, 0x00000000FFFF0000},      {"S_S2T0SZ", 4, 0x0000003F00000000},
    {"S_S2SL0", 4, 0x000000C000000000},     {"S_S2TG", 4, 0x0000C00000000000},
    {"MECID", 4, 0xFFFF000000000000},       {"PMG", 5, 0x00000000000000FF},
    {"MPAM_NS", 5, 0x0000000000000100},     {"AssuredOnly", 5, 0x0000000000000200},
    {"TL0", 5, 0x0000000000000400},         {"TL1", 5, 0x0000000000000800},
    {"VMSPtr", 5, 0x00FFFFFFFFFFF000},      {"S2SW", 6, 0x0000000000000001},
    {"S2SA", 6, 0x0000000000000002},        {"S_S2SL0_2", 6, 0x0000000000000004},
    {"S_S2TTB", 6, 0x00FFFFFFFFFFFFF0},     {"S_S2SKL", 6, 0x6000000000000000},
};

TEST_CASE("every STE field is where 5.2 puts it") {
  check_fields<8>(ste::kFields, kManual);
}

TEST_CASE("the stage 2 overlay permissions fill the last word, four bits each") {
  CHECK(ste::S2POI(0).word() == 7);
  CHECK(ste::S2POI(0).mask() == 0x000000000000000F);
  CHECK(ste::S2POI(15).mask() == 0xF000000000000000);
}

TEST_CASE("a stage 1 STE with a two-level CD table and ATS reads back field by field") {
  // V, S1, 64KB leaves, table at 0x88123440, 2^20 CDs; S1DSS = SSID 0, CDs inner write-back, inner shareable,
  // full ATS.
  const std::array<u64, 8> w = {0xA00000008812346B, 0x00001000100400D6};
  CHECK(ste::V.get(w) == 1);
  CHECK(ste::Config.get(w) == ste::kConfigS1);
  CHECK(ste::ConfigPass.get(w) == 1);
  CHECK(ste::ConfigS1.get(w) == 1);
  CHECK(ste::ConfigS2.get(w) == 0);
  CHECK(ste::S1Fmt.get(w) == ste::kS1Fmt64K);
  CHECK(ste::S1ContextPtr.in_place(w) == 0x0000000088123440);
  CHECK(ste::S1CDMax.get(w) == 20);
  CHECK(ste::S1DSS.get(w) == ste::kS1DssSsid0);
  CHECK(ste::S1CIR.get(w) == 0b01);
  CHECK(ste::S1COR.get(w) == 0b01);
  CHECK(ste::S1CSH.get(w) == 0b11);
  CHECK(ste::PPAR.get(w) == 1);
  CHECK(ste::EATS.get(w) == ste::kEatsFull);
  CHECK(ste::STRW.get(w) == ste::kStrwNsEl1);
  CHECK(ste::SHCFG.get(w) == ste::kShcfgIncoming);
  CHECK(ste::S1STALLD.get(w) == 0);
}

TEST_CASE("a stage 2 STE is built word by word") {
  std::array<u64, 8> w{};
  ste::V.set(w, 1);
  ste::Config.set(w, ste::kConfigS2);
  ste::S2VMID.set(w, 0x7A5C);
  ste::S2T0SZ.set(w, 24);
  ste::S2SL0.set(w, 1);
  ste::S2IR0.set(w, 1);
  ste::S2OR0.set(w, 1);
  ste::S2SH0.set(w, 3);
  ste::S2TG.set(w, ste::kS2Tg4K);
  ste::S2PS.set(w, 5);
  ste::S2AA64.set(w, 1);
  ste::S2PTW.set(w, 1);
  ste::S2R.set(w, 1);
  ste::S2TTB.set(w, 0x0000000880000000 >> 4);
  CHECK(w[0] == 0x000000000000000D);
  CHECK(w[1] == 0);
  CHECK(w[2] == 0x044D355800007A5C);
  CHECK(w[3] == 0x0000000880000000);
}

TEST_CASE("abort and bypass entries are the words of the Config table") {
  const std::array<u64, 8> abort = {0x1};
  const std::array<u64, 8> bypass = {0x9};
  const std::array<u64, 8> nested = {0xF};
  CHECK(ste::Config.get(abort) == ste::kConfigAbort);
  CHECK(ste::Config.get(bypass) == ste::kConfigBypass);
  CHECK(ste::Config.get(nested) == ste::kConfigNested);
}

TEST_CASE("an L1STD holds a span and a pointer") {
  // 256 STEs (Span 9) at 0x8810_4000.
  constexpr u64 kDescriptor = 0x0000000088104009;
  CHECK(l1std::Span.get(kDescriptor) == 9);
  CHECK(l1std::L2Ptr.in_place(kDescriptor) == 0x0000000088104000);
  CHECK(l1std::L2Ptr.mask() == 0x00FFFFFFFFFFFFC0);
  CHECK(l1std::Span.mask() == 0x1F);
}

TEST_CASE("other tests write an STE's fields where the manual has them") {
  namespace other = test::ste;
  const std::pair<std::string_view, u64> fields[] = {
      {"V", other::V},
      {"Config", other::config(0b111)},
      {"S1Fmt", other::s1_fmt(0b11)},
      {"S1CDMax", other::s1_cd_max(0b11111)},
      {"S1DSS", other::s1_dss(0b11)},
      {"S1CIR", other::s1_cir(0b11)},
      {"S1COR", other::s1_cor(0b11)},
      {"S1CSH", other::s1_csh(0b11)},
      {"SHCFG", other::shcfg(0b11)},
      {"S1ContextPtr", other::s1_context_ptr(~u64{0})},
      {"PPAR", other::PPAR},
      {"MEV", other::MEV},
      {"S2FWB", other::S2FWB},
      {"S1STALLD", other::S1STALLD},
      {"EATS", other::eats(0b11)},
      {"STRW", other::strw(0b11)},
      {"PRIVCFG", other::privcfg(0b11)},
      {"INSTCFG", other::instcfg(0b11)},
      {"S2VMID", other::s2_vmid(0xFFFF)},
      {"S2T0SZ", other::s2_t0sz(0b11'1111)},
      {"S2SL0", other::s2_sl0(0b11)},
      {"S2TG", other::s2_tg(0b11)},
      {"S2PS", other::s2_ps(0b111)},
      {"S2AA64", other::S2AA64},
      {"S2ENDI", other::S2ENDI},
      {"S2AFFD", other::S2AFFD},
      {"S2PTW", other::S2PTW},
      {"S2HD", other::S2HD},
      {"S2HA", other::S2HA},
      {"S2S", other::S2S},
      {"S2R", other::S2R},
  };
  for (const auto& [name, value] : fields) CHECK_MESSAGE(value == mask_of(kManual, name), name);
  CHECK(test::l1std::l2_ptr(~u64{0}) == 0x00FFFFFFFFFFFFC0);
  CHECK(test::l1std::span(0x1F) == 0x1F);
}

}  // namespace
}  // namespace smmu_vp::spec

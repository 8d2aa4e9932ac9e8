// CD and L1CD against 5.4 and 5.3: every field's place, and whole descriptors as software writes them.
#include "tlm/spec/cd.h"

#include <doctest/doctest.h>

#include "tests/spec/record_check.h"
#include "tests/support/structures.h"

namespace smmu_vp::spec {
namespace {

constexpr ManualField kManual[] = {
    {"T0SZ", 0, 0x000000000000003F},   {"TG0", 0, 0x00000000000000C0},    {"IR0", 0, 0x0000000000000300},
    {"OR0", 0, 0x0000000000000C00},    {"SH0", 0, 0x0000000000003000},    {"EPD0", 0, 0x0000000000004000},
    {"ENDI", 0, 0x0000000000008000},   {"T1SZ", 0, 0x00000000003F0000},   {"TG1", 0, 0x0000000000C00000},
    {"IR1", 0, 0x0000000003000000},    {"OR1", 0, 0x000000000C000000},    {"SH1", 0, 0x0000000030000000},
    {"EPD1", 0, 0x0000000040000000},   {"V", 0, 0x0000000080000000},      {"IPS", 0, 0x0000000700000000},
    {"AFFD", 0, 0x0000000800000000},   {"WXN", 0, 0x0000001000000000},    {"UWXN", 0, 0x0000002000000000},
    {"TBI0", 0, 0x0000004000000000},   {"TBI1", 0, 0x0000008000000000},   {"PAN", 0, 0x0000010000000000},
    {"AA64", 0, 0x0000020000000000},   {"HD", 0, 0x0000040000000000},     {"HA", 0, 0x0000080000000000},
    {"S", 0, 0x0000100000000000},      {"R", 0, 0x0000200000000000},      {"A", 0, 0x0000400000000000},
    {"ASET", 0, 0x0000800000000000},   {"ASID", 0, 0xFFFF000000000000},   {"NSCFG0", 1, 0x0000000000000001},
    {"HAD0", 1, 0x0000000000000002},   {"E0PD0", 1, 0x0000000000000004},  {"HAFT", 1, 0x0000000000000008},
    {"TTB0", 1, 0x00FFFFFFFFFFFFF0},   {"PnCH", 1, 0x0400000000000000},   {"EPAN", 1, 0x0800000000000000},
    {"HWU059", 1, 0x1000000000000000}, {"HWU060", 1, 0x2000000000000000}, {"HWU061", 1, 0x4000000000000000},
    {"HWU062", 1, 0x8000000000000000}, {"NSCFG1", 2, 0x0000000000000001}, {"HAD1", 2, 0x0000000000000002},
    {"E0PD1", 2, 0x0000000000000004},  {"AIE", 2, 0x0000000000000008},    {"TTB1", 2, 0x00FFFFFFFFFFFFF0},
    {"DS", 2, 0x0400000000000000},     {"PIE", 2, 0x0800000000000000},    {"HWU159", 2, 0x1000000000000000},
    {"HWU160", 2, 0x2000000000000000}, {"HWU161", 2, 0x4000000000000000}, {"HWU162", 2, 0x8000000000000000},
    {"MAIR0", 3, 0x00000000FFFFFFFF},  {"MAIR1", 3, 0xFFFFFFFF00000000},  {"AMAIR0", 4, 0x00000000FFFFFFFF},
    {"AMAIR1", 4, 0xFFFFFFFF00000000}, {"PARTID", 5, 0x0000FFFF00000000}, {"PMG", 5, 0x00FF000000000000},
};

TEST_CASE("every CD field is where 5.4 puts it") {
  check_fields<8>(cd::kFields, kManual);
}

TEST_CASE("permission indirections are three bits each, and both MAIR words make one") {
  CHECK(cd::PIIU(0).word() == 6);
  CHECK(cd::PIIU(0).mask() == 0x0000000000000007);
  CHECK(cd::PIIU(15).mask() == 0x0000E00000000000);
  CHECK(cd::PIIP(0).word() == 7);
  CHECK(cd::PIIP(15).mask() == 0x0000E00000000000);
  CHECK(cd::MAIR.word() == 3);
  CHECK(cd::MAIR.mask() == ~u64{0});
}

TEST_CASE("the CD of a live shared address space is built word by word") {
  // 48-bit TTB0 at 4KB, write-back inner-shareable walks, no TTB1, 48-bit output, VMSAv8-64, R and A, ASID
  // 0xB3D1.
  std::array<u64, 8> w{};
  cd::T0SZ.set(w, 16);
  cd::TG0.set(w, cd::kTg0_4K);
  cd::IR0.set(w, 1);
  cd::OR0.set(w, 1);
  cd::SH0.set(w, 3);
  cd::EPD1.set(w, 1);
  cd::V.set(w, 1);
  cd::IPS.set(w, 5);
  cd::AA64.set(w, 1);
  cd::R.set(w, 1);
  cd::A.set(w, 1);
  cd::ASID.set(w, 0xB3D1);
  cd::TTB0.set(w, 0x0000000881234000 >> 4);
  cd::MAIR.set(w, 0xFF440C0400);
  CHECK(w[0] == 0xB3D16205C0003510);
  CHECK(w[1] == 0x0000000881234000);
  CHECK(w[2] == 0);
  CHECK(w[3] == 0x000000FF440C0400);
}

TEST_CASE("the quiesced CD keeps its ASID, disables TTB0 and aborts without a record or a stall") {
  const std::array<u64, 8> w = {0xB3D14205C0004000};
  CHECK(cd::V.get(w) == 1);
  CHECK(cd::EPD0.get(w) == 1);
  CHECK(cd::EPD1.get(w) == 1);
  CHECK(cd::A.get(w) == 1);
  CHECK(cd::R.get(w) == 0);
  CHECK(cd::S.get(w) == 0);
  CHECK(cd::ASID.get(w) == 0xB3D1);
}

TEST_CASE("an L1CD holds a valid bit and a pointer") {
  constexpr u64 kDescriptor = 0x0000000088210001;
  CHECK(l1cd::V.get(kDescriptor) == 1);
  CHECK(l1cd::L2Ptr.in_place(kDescriptor) == 0x0000000088210000);
  CHECK(l1cd::L2Ptr.mask() == 0x00FFFFFFFFFFF000);
}

TEST_CASE("address sizes follow the IPS table") {
  constexpr unsigned kManualBits[] = {32, 36, 40, 42, 44, 48, 52};
  for (unsigned i = 0; i < 7; ++i) CHECK(kAddressSizeBits[i] == kManualBits[i]);
  CHECK(kAddressSizeBits[7] == 52);  // Reserved before SMMUv3.4: behaves as 0b110
}

TEST_CASE("other tests write a CD's fields where the manual has them") {
  namespace other = test::cd;
  const std::pair<std::string_view, u64> fields[] = {
      {"T0SZ", other::t0sz(0b11'1111)},
      {"TG0", other::tg0(0b11)},
      {"IR0", other::ir0(0b11)},
      {"OR0", other::or0(0b11)},
      {"SH0", other::sh0(0b11)},
      {"EPD0", other::EPD0},
      {"ENDI", other::ENDI},
      {"T1SZ", other::t1sz(0b11'1111)},
      {"TG1", other::tg1(0b11)},
      {"EPD1", other::EPD1},
      {"V", other::V},
      {"IPS", other::ips(0b111)},
      {"AFFD", other::AFFD},
      {"WXN", other::WXN},
      {"UWXN", other::UWXN},
      {"TBI0", other::TBI0},
      {"TBI1", other::TBI1},
      {"PAN", other::PAN},
      {"AA64", other::AA64},
      {"HD", other::HD},
      {"HA", other::HA},
      {"S", other::S},
      {"R", other::R},
      {"A", other::A},
      {"ASET", other::ASET},
      {"ASID", other::asid(0xFFFF)},
      {"HAD0", other::HAD0},
      {"HAD1", other::HAD0},
      {"E0PD0", other::E0PD0},
      {"E0PD1", other::E0PD0},
  };
  for (const auto& [name, value] : fields) CHECK_MESSAGE(value == mask_of(kManual, name), name);
  CHECK((other::asid(0x42) | other::kTtb0 | other::kAborts) == 0x0042E205C0003510);
  CHECK(test::l1cd::V == 0x1);
  CHECK(test::l1cd::l2_ptr(~u64{0}) == 0x00FFFFFFFFFFF000);
}

}  // namespace
}  // namespace smmu_vp::spec

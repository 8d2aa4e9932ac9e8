// VMSAv8-64 geometry and descriptors against the tables of D8.2, D8.3 and D8.7.
#include "tlm/spec/vmsa.h"

#include <doctest/doctest.h>

#include "tests/support/structures.h"

namespace smmu_vp::spec {
namespace {

using vmsa::Granule;

constexpr u64 kKB = 1024, kMB = 1024 * kKB, kGB = 1024 * kMB, kTB = 1024 * kGB;

u64 covered(Granule g, int level) {
  return u64{1} << vmsa::level_shift(g, level);
}

TEST_CASE("a block or page covers what the tables say") {
  CHECK(covered(Granule::k4K, 3) == 4 * kKB);
  CHECK(covered(Granule::k4K, 2) == 2 * kMB);
  CHECK(covered(Granule::k4K, 1) == 1 * kGB);
  CHECK(covered(Granule::k4K, 0) == 512 * kGB);
  CHECK(covered(Granule::k4K, -1) == 256 * kTB);
  CHECK(covered(Granule::k16K, 3) == 16 * kKB);
  CHECK(covered(Granule::k16K, 2) == 32 * kMB);
  CHECK(covered(Granule::k16K, 1) == 64 * kGB);
  CHECK(covered(Granule::k16K, 0) == 128 * kTB);
  CHECK(covered(Granule::k64K, 3) == 64 * kKB);
  CHECK(covered(Granule::k64K, 2) == 512 * kMB);
  CHECK(covered(Granule::k64K, 1) == 4 * kTB);
}

TEST_CASE("a table resolves 9, 11 or 13 bits") {
  CHECK(vmsa::bits_per_level(Granule::k4K) == 9);
  CHECK(vmsa::bits_per_level(Granule::k16K) == 11);
  CHECK(vmsa::bits_per_level(Granule::k64K) == 13);
}

struct StartRange {
  Granule granule;
  int level;
  unsigned txsz_min, txsz_max;
};

// Tables D8-18, D8-28 and D8-37.
constexpr StartRange kStartRanges[] = {
    {Granule::k4K, -1, 12, 15}, {Granule::k4K, 0, 16, 24},  {Granule::k4K, 1, 25, 33},
    {Granule::k4K, 2, 34, 42},  {Granule::k4K, 3, 43, 48},  {Granule::k16K, 0, 12, 16},
    {Granule::k16K, 1, 17, 27}, {Granule::k16K, 2, 28, 38}, {Granule::k16K, 3, 39, 48},
    {Granule::k64K, 1, 12, 21}, {Granule::k64K, 2, 22, 34}, {Granule::k64K, 3, 35, 47},
};

TEST_CASE("a stage 1 walk starts at the level that TxSZ and the granule give") {
  for (const StartRange& range : kStartRanges) {
    for (unsigned txsz = range.txsz_min; txsz <= range.txsz_max; ++txsz) {
      CAPTURE(txsz);
      CHECK(vmsa::start_level(range.granule, 64 - txsz) == range.level);
    }
  }
}

TEST_CASE("a stage 2 walk starts where S2SL0 says") {
  const auto start = [](Granule g, unsigned sl0) {
    return vmsa::kS2StartLevel[static_cast<unsigned>(g)][sl0];
  };
  CHECK(start(Granule::k4K, 0b00) == 2);
  CHECK(start(Granule::k4K, 0b01) == 1);
  CHECK(start(Granule::k4K, 0b10) == 0);
  CHECK(start(Granule::k4K, 0b11) == 3);
  CHECK(start(Granule::k16K, 0b00) == 3);
  CHECK(start(Granule::k16K, 0b11) == 0);
  CHECK(start(Granule::k64K, 0b00) == 3);
  CHECK(start(Granule::k64K, 0b10) == 1);
  CHECK(start(Granule::k64K, 0b11) == vmsa::kReservedLevel);
}

TEST_CASE("blocks exist at the levels of table D8-52") {
  CHECK(vmsa::block_permitted(Granule::k4K, 1, false));
  CHECK(vmsa::block_permitted(Granule::k4K, 2, false));
  CHECK_FALSE(vmsa::block_permitted(Granule::k4K, 0, false));
  CHECK(vmsa::block_permitted(Granule::k4K, 0, true));
  CHECK_FALSE(vmsa::block_permitted(Granule::k4K, -1, true));
  CHECK_FALSE(vmsa::block_permitted(Granule::k4K, 3, true));
  CHECK(vmsa::block_permitted(Granule::k16K, 2, false));
  CHECK_FALSE(vmsa::block_permitted(Granule::k16K, 1, false));
  CHECK(vmsa::block_permitted(Granule::k16K, 1, true));
  CHECK(vmsa::block_permitted(Granule::k64K, 2, false));
  CHECK_FALSE(vmsa::block_permitted(Granule::k64K, 1, false));
  CHECK(vmsa::block_permitted(Granule::k64K, 1, true));
}

TEST_CASE("contiguous groups are those of table D8-104") {
  const auto group = [](Granule g, int level) {
    return covered(g, level) << vmsa::contiguous_log2(g, level);
  };
  CHECK(group(Granule::k4K, 3) == 64 * kKB);
  CHECK(group(Granule::k4K, 2) == 32 * kMB);
  CHECK(group(Granule::k4K, 1) == 16 * kGB);
  CHECK(group(Granule::k16K, 3) == 2 * kMB);
  CHECK(group(Granule::k16K, 2) == 1 * kGB);
  CHECK(group(Granule::k64K, 3) == 2 * kMB);
  CHECK(group(Granule::k64K, 2) == 16 * kGB);
}

TEST_CASE("stage 1 descriptor fields are on the bits of tables D8-50 and D8-52") {
  // A user read-write page at 0x8123_4000: valid page, AttrIndx 4, AP unprivileged, inner shareable, AF, nG,
  // PXN, UXN.
  constexpr u64 kPage = 0x0060000081234F53;
  CHECK(vmsa::Valid.get(kPage) == 1);
  CHECK(vmsa::Type.get(kPage) == 1);
  CHECK(vmsa::AttrIndx.get(kPage) == 4);
  CHECK(vmsa::AP.get(kPage) == vmsa::kApUnprivileged);
  CHECK(vmsa::SH.get(kPage) == 0b11);
  CHECK(vmsa::AF.get(kPage) == 1);
  CHECK(vmsa::nG.get(kPage) == 1);
  CHECK(vmsa::DBM.get(kPage) == 0);
  CHECK(vmsa::Contiguous.get(kPage) == 0);
  CHECK(vmsa::PXN.get(kPage) == 1);
  CHECK(vmsa::UXN.get(kPage) == 1);
  CHECK(vmsa::Address4K.in_place(kPage) == 0x81234000);

  CHECK(vmsa::Valid.mask() == 0x0000000000000001);
  CHECK(vmsa::Type.mask() == 0x0000000000000002);
  CHECK(vmsa::AttrIndx.mask() == 0x000000000000001C);
  CHECK(vmsa::NS.mask() == 0x0000000000000020);
  CHECK(vmsa::SH.mask() == 0x0000000000000300);
  CHECK(vmsa::AF.mask() == 0x0000000000000400);
  CHECK(vmsa::nG.mask() == 0x0000000000000800);
  CHECK(vmsa::AP.set(0, vmsa::kApReadOnly) == 0x0000000000000080);
  CHECK(vmsa::nT.mask() == 0x0000000000010000);
  CHECK(vmsa::GP.mask() == 0x0004000000000000);
  CHECK(vmsa::DBM.mask() == 0x0008000000000000);
  CHECK(vmsa::Contiguous.mask() == 0x0010000000000000);
  CHECK(vmsa::PXN.mask() == 0x0020000000000000);
  CHECK(vmsa::UXN.mask() == 0x0040000000000000);
  CHECK(vmsa::PBHA.mask() == 0x7800000000000000);

  CHECK(vmsa::PXNTable.mask() == 0x0800000000000000);
  CHECK(vmsa::UXNTable.mask() == 0x1000000000000000);
  CHECK(vmsa::APTable.set(0, vmsa::kApTableNoUnprivileged) == 0x2000000000000000);
  CHECK(vmsa::APTable.set(0, vmsa::kApTableReadOnly) == 0x4000000000000000);
  CHECK(vmsa::NSTable.mask() == 0x8000000000000000);
}

TEST_CASE("address bits follow granule and size") {
  CHECK(vmsa::Address4K.mask() == 0x0000FFFFFFFFF000);
  CHECK(vmsa::Address16K.mask() == 0x0000FFFFFFFFC000);
  CHECK(vmsa::Address64K.mask() == 0x0000FFFFFFFF0000);
  CHECK(vmsa::AddressDs49_48.mask() == 0x0003000000000000);
  CHECK(vmsa::AddressDs51_50.mask() == 0x0000000000000300);
  CHECK(vmsa::Address64K51_48.mask() == 0x000000000000F000);
}

TEST_CASE("stage 2 descriptor fields are on the bits of table D8-53") {
  CHECK(vmsa::s2::MemAttr.mask() == 0x000000000000003C);
  CHECK(vmsa::s2::S2AP.set(0, vmsa::s2::kS2apRead) == 0x0000000000000040);
  CHECK(vmsa::s2::S2AP.set(0, vmsa::s2::kS2apWrite) == 0x0000000000000080);
  CHECK(vmsa::s2::XN.mask() == 0x0060000000000000);
}

TEST_CASE("other tests build descriptors on the bits of the tables") {
  namespace pte = test::pte;
  CHECK(pte::kValid == vmsa::Valid.mask());
  CHECK(pte::kBlock == vmsa::Valid.mask());
  CHECK(pte::kPage == (vmsa::Valid.mask() | vmsa::Type.mask()));
  CHECK(pte::kTable == pte::kPage);
  CHECK((pte::kUser | pte::kReadOnly) == vmsa::AP.mask());
  CHECK(pte::kReadOnly == vmsa::AP.set(0, 0b10));
  CHECK(pte::kInnerShareable == vmsa::SH.mask());
  CHECK(pte::kAf == vmsa::AF.mask());
  CHECK(pte::kNg == vmsa::nG.mask());
  CHECK(pte::kNt == vmsa::nT.mask());
  CHECK(pte::kPbha == vmsa::PBHA.mask());
  CHECK(pte::kDbm == vmsa::DBM.mask());
  CHECK(pte::kPxn == vmsa::PXN.mask());
  CHECK(pte::kUxn == vmsa::UXN.mask());
  CHECK(pte::kContiguous == vmsa::Contiguous.mask());
  CHECK(pte::attr_index(0b111) == vmsa::AttrIndx.mask());
  CHECK(pte::ap(0b11) == vmsa::AP.mask());
  CHECK((pte::kTableNoUser | pte::kTableReadOnly) == vmsa::APTable.mask());
  CHECK(pte::kTableReadOnly == vmsa::APTable.set(0, 0b10));
  CHECK(pte::kTableUxn == vmsa::UXNTable.mask());
  CHECK(pte::kTablePxn == vmsa::PXNTable.mask());
  CHECK(pte::address(~u64{0}) == 0x0000FFFFFFFFF000);
  namespace s2 = test::s2;
  CHECK(s2::kRead == vmsa::s2::S2AP.set(0, vmsa::s2::kS2apRead));
  CHECK(s2::kWrite == vmsa::s2::S2AP.set(0, vmsa::s2::kS2apWrite));
  CHECK(s2::kNormal == (vmsa::s2::MemAttr.mask() | vmsa::SH.mask()));
  CHECK(s2::kAf == vmsa::AF.mask());
  CHECK(s2::kDbm == vmsa::DBM.mask());
  CHECK(s2::mem_attr(0b1111) == vmsa::s2::MemAttr.mask());
  CHECK(s2::xn(0b11) == vmsa::s2::XN.mask());
}

}  // namespace
}  // namespace smmu_vp::spec

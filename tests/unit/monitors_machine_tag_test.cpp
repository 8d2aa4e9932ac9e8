// tag_reuse on histories of a machine: what becomes of an ASID.
#include "tests/unit/monitors_machine_history.h"

namespace smmu_vp::tb::test {

namespace {

constexpr u64 kNeighbour = kVa + kPage, kOtherPa = kPa + 0x10'0000;

}  // namespace

TEST_CASE("an ASID that gets another table needs the former invalidated first") {
  MachineHistory h;
  const Space other{kFirst.pasid, kFirst.asid, 0x8300'0000};
  h.map(kFirst, kPa).access(kFirst);
  bool broken = false;
  SUBCASE("which is left out") {
    broken = true;
  }
  SUBCASE("which comes too late") {
    h.enable(other);
    h.map(other, kOtherPa).access(other).tlbi_asid_of(kFirst).cmd_sync();
    broken = true;
  }
  SUBCASE("which is done") {
    h.store(MachineHistory::cd_address(kFirst), 0).tlbi_asid_of(kFirst).cmd_sync();
  }
  h.enable(other);
  h.map(other, kOtherPa).access(other);
  CHECK(h.violations("tag_reuse") == (broken ? 1 : 0));
  if (!broken) CHECK(h.violations() == 0);
}

TEST_CASE("a context that is invalid for a while and means the same afterwards has no former use") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).store(MachineHistory::cd_address(kFirst), 0);
  h.cfgi_cd_of(kFirst).cmd_sync().past_grace();
  h.enable(kFirst);
  h.map(kFirst, kOtherPa, kNeighbour).cfgi_cd_of(kFirst).cmd_sync().access(kFirst, kNeighbour).access(kFirst);
  h.unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync().past_grace().finish();
  CHECK(h.violations("tag_reuse") == 0);
}

TEST_CASE("an ASID that comes back while translations of its former use are left is found") {
  MachineHistory h;
  h.map(kFirst, kPa).access(kFirst).store(MachineHistory::cd_address(kFirst), 0);
  h.cfgi_cd_of(kFirst).cmd_sync().past_grace();
  CHECK(h.violations() == 0);
  h.unmap_leaf(kFirst).enable(kFirst);
  h.map(kFirst, kOtherPa, kNeighbour).access(kFirst, kNeighbour).past_grace().finish();
  CHECK(h.says("tag_reuse", "ASID 7 of VMID 0 came back into use while the TLB may hold"));
}

TEST_CASE("an ASID that one of two contexts of an address space gives up stays in use by the other") {
  MachineHistory h;
  const Space shared{3, kFirst.asid, kFirst.root};
  h.enable(shared);
  h.map(kFirst, kPa).access(kFirst).store(MachineHistory::cd_address(kFirst), 0);
  h.cfgi_cd_of(kFirst).cmd_sync().access(shared);
  h.unmap_leaf(shared).tlbi_va(shared).cmd_sync().past_grace().finish();
  CHECK(h.violations("tag_reuse") == 0);
}

}  // namespace smmu_vp::tb::test

// atc_order on histories of a machine: what devices are told, and when.
#include "tests/unit/monitors_machine_history.h"

namespace smmu_vp::tb::test {

TEST_CASE("TLB invalidation, CMD_SYNC, CMD_ATC_INV, CMD_SYNC pleases the judge of devices") {
  MachineHistory h;
  h.map(kFirst, kPa)
      .ats(kFirst, kPa)
      .unmap_leaf(kFirst)
      .translated_access(kFirst, kPa)
      .tlbi_va(kFirst)
      .cmd_sync();
  h.atc_inv_begun(kFirst).atc_inv_done().cmd_sync().past_grace().finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("atc_order").checked() != 0);
}

TEST_CASE("a device that is never told is found by its grace, and by the end") {
  MachineHistory h;
  h.map(kFirst, kPa).ats(kFirst, kPa).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync();
  SUBCASE("by its grace") {
    h.past_grace();
  }
  SUBCASE("by the end") {
    h.finish();
  }
  CHECK(h.violations("stale_entry") == 0);
  CHECK(h.says("atc_order", "the ATC of StreamID 0x100, PASID 1 may hold 0x7f0000000000..0x7f0000000fff"));
  CHECK(h.says("atc_order", "missing is CMD_ATC_INV(StreamID 0x100, SubstreamID 1, 0x7f0000000000)"));
}

TEST_CASE("a CMD_ATC_INV that comes before the TLB invalidation is complete has to be followed by another") {
  MachineHistory h;
  h.map(kFirst, kPa).ats(kFirst, kPa).unmap_leaf(kFirst);
  bool early = true;
  SUBCASE("before it") {
    h.atc_inv_begun(kFirst).atc_inv_done().tlbi_va(kFirst).cmd_sync();
  }
  SUBCASE("before its CMD_SYNC") {
    h.tlbi_va(kFirst).atc_inv_begun(kFirst).atc_inv_done().cmd_sync();
  }
  SUBCASE("followed by another") {
    h.atc_inv_begun(kFirst).atc_inv_done().tlbi_va(kFirst).cmd_sync().atc_inv_begun(kFirst).atc_inv_done();
    early = false;
  }
  h.past_grace().finish();
  if (early) {
    CHECK(h.says("atc_order", "before the TLB invalidation of the same change"));
  } else {
    CHECK(h.violations() == 0);
  }
}

TEST_CASE(
    "devices that are always told first are found, though a later change's CMD_ATC_INV covers what was "
    "missed") {
  MachineTraits patient = machine_traits();
  patient.grace_ps = 1'000'000'000'000;
  MachineHistory h(patient);
  constexpr u64 kApartPs = 20'000'000'000;  // no driver's own CMD_ATC_INV comes so late
  const auto change = [&](u64 page, bool first, bool once_more) {
    const u64 va = kVa + page * 4096;
    h.map(kFirst, kPa, va).ats(kFirst, kPa, va).unmap_leaf(kFirst, va);
    if (first) h.atc_inv_begun(kFirst, va).atc_inv_done();
    h.tlbi_va(kFirst, va).cmd_sync();
    if (once_more) h.atc_inv_begun(kFirst, va).atc_inv_done();
    h.wait(kApartPs);
  };
  bool found = false;
  SUBCASE("always") {
    for (u64 page = 0; page < 4; ++page) change(page, true, false);
    found = true;
  }
  SUBCASE("in one change of six, as where a neighbour's invalidation covers the page meanwhile") {
    for (u64 page = 0; page < 6; ++page) change(page, page == 3, page != 3);
  }
  SUBCASE("always, and promptly once more") {
    for (u64 page = 0; page < 6; ++page) change(page, true, true);
  }
  h.tlbi_asid_of(kFirst).cmd_sync().atc_inv_all_begun(kFirst).atc_inv_done().cmd_sync().finish();
  CHECK(h.says("atc_order", "none followed soon: 4 changes went so, 0 in order") == found);
  CHECK((h.violations() != 0) == found);
}

TEST_CASE("a translated access after the invalidation has completed is found") {
  MachineHistory h;
  h.map(kFirst, kPa).ats(kFirst, kPa).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync();
  h.atc_inv_begun(kFirst).atc_inv_done().cmd_sync();
  SUBCASE("without a new translation") {
    h.translated_access(kFirst, kPa);
    CHECK(h.says("atc_order",
                 "by a translated access, after the invalidation of 0x7f0000000000 has completed"));
  }
  SUBCASE("with one") {
    h.map(kFirst, kPa).ats(kFirst, kPa).translated_access(kFirst, kPa);
    CHECK(h.violations() == 0);
  }
  SUBCASE("of a device that breaks rules, which others judge") {
    h.add(trace::Misbehaves{kWho, spec::Misbehaviour::kForgeTranslated, kPa});
    h.translated_access(kFirst, kPa);
    CHECK(h.violations("atc_order") == 0);
  }
}

TEST_CASE("a stream whose CMD_ATC_INV timed out must be closed") {
  MachineHistory h;
  h.map(kFirst, kPa).ats(kFirst, kPa).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync();
  h.atc_inv_begun(kFirst).wait(100 * machine_traits().grace_ps);
  h.atc_inv_done(true).cmd_sync();
  CHECK(h.violations("atc_order") == 0);  // software has its grace from here on
  h.past_grace();
  CHECK(h.says("atc_order", "its CMD_ATC_INV timed out and translated accesses of the stream still pass"));
}

TEST_CASE("a function that is reset holds nothing any more") {
  MachineHistory h;
  h.map(kFirst, kPa).ats(kFirst, kPa).unmap_leaf(kFirst).tlbi_va(kFirst).cmd_sync();
  h.add(trace::AtcFlushed{kSid});
  h.past_grace().finish();
  CHECK(h.violations() == 0);
}

}  // namespace smmu_vp::tb::test

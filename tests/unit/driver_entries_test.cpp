// STEs and CDs against the fields of 5.2 and 5.4, and the number of times the entry writer has to sync.
#include <doctest/doctest.h>

#include "sw_driver/smmu_v3/entries.h"
#include "tests/support/structures.h"
#include "tests/unit/driver_fake_os.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using namespace smmu_vp::test;

namespace {

constexpr u64 kAt = sw_test::FakeOs::kRam, kPgd = 0x9'8765'4000, kCds = 0x8'0001'0000;
// The kernel's: Device memory and two kinds of Normal.
constexpr u64 kMair = mair::attr(0, mair::kWriteBack) | mair::attr(1, mair::kWriteBack) |
                      mair::attr(2, mair::kNonCacheable) | mair::attr(3, mair::kDevice) |
                      mair::attr(4, mair::kDeviceNgnre);

// Writes entries of one kind, counts the syncs, and keeps the entry that the hardware saw at each.
class CountingWriter : public EntryWriter {
 public:
  CountingWriter(Env& env, Entry (*used_bits)(const Entry&)) : EntryWriter(env), used_(used_bits) {}
  unsigned to(const Entry& target) {
    seen.clear();
    write(kAt, target);
    return static_cast<unsigned>(seen.size());
  }
  std::vector<Entry> seen;

 protected:
  Entry used(const Entry& e) const override { return used_(e); }
  void sync() override {
    Entry e;
    for (unsigned i = 0; i < 8; ++i) e[i] = env_.os.load64(kAt + 8 * i);
    seen.push_back(e);
  }

 private:
  Entry (*used_)(const Entry&);
};

Entry live(u64 pgd = kPgd, u32 asid = 1, bool stall = false) {
  return stage1_cd({.pgd = pgd,
                    .granule = spec::vmsa::Granule::k4K,
                    .input_bits = 48,
                    .pa_bits = 48,
                    .asid = asid,
                    .stall = stall});
}
Entry table_ste(bool ats) {
  return cd_table_ste({.table = kCds,
                       .format = spec::ste::kS1Fmt64K,
                       .ssid_bits = 20,
                       .context_0 = false,
                       .ats = ats,
                       .stalls_denied = ats,
                       .pri_pasid_required = false,
                       .el2 = false,
                       .shareability = true});
}

}  // namespace

TEST_CASE("a live CD walks the process's tables and has the manual's bits") {
  const Entry entry = live();
  CHECK(entry[0] == (cd::asid(1) | cd::kTtb0 | cd::kAborts));
  CHECK(entry[1] == kPgd);
  CHECK(entry[2] == 0);
  CHECK(entry[3] == kMair);
  CHECK(live(kPgd, 1, true)[0] == (cd::asid(1) | cd::kTtb0 | cd::kStalls));
}

TEST_CASE("each granule has its own TG0 in a CD") {
  Stage1Cd s{.pgd = 0x10'0000,
             .granule = spec::vmsa::Granule::k16K,
             .input_bits = 48,
             .pa_bits = 48,
             .asid = 1,
             .stall = false};
  CHECK((stage1_cd(s)[0] & cd::tg0(0b11)) == cd::tg0(0b10));
  s.granule = spec::vmsa::Granule::k64K;
  CHECK((stage1_cd(s)[0] & cd::tg0(0b11)) == cd::tg0(0b01));
}

TEST_CASE("a quiesced CD is valid, walks nothing, aborts, and neither records nor stalls") {
  const Entry entry = quiet_cd(live(kPgd, 1, true), false, false);
  CHECK(entry[0] == (cd::asid(1) | cd::kQuiet));
  CHECK(entry[1] == 0);
  CHECK(entry[3] == kMair);
}

TEST_CASE("a quiesced CD keeps S if the SMMU always stalls") {
  CHECK((quiet_cd(live(0x1000, 1, true), true, false)[0] & cd::S) != 0);
}

TEST_CASE("an STE with a CD table has the manual's bits") {
  const Entry pcie = table_ste(true);
  constexpr u64 kCommon = ste::kDssBypass | ste::kCdsCached | ste::kIncomingShareability;
  CHECK(pcie[0] == (ste::s1_cd_max(20) | kCds | ste::k64KLeaves | ste::kStage1 | ste::V));
  CHECK(pcie[1] == (kCommon | ste::kFullAts | ste::S1STALLD));
  CHECK(table_ste(false)[1] == kCommon);
  CHECK(bypass_ste(true)[0] == (ste::kBypass | ste::V));
  CHECK(bypass_ste(true)[1] == ste::kIncomingShareability);
  CHECK(abort_ste()[0] == (ste::kAbort | ste::V));
}

// 5.2: SHCFG is RES0 then. arm-smmu-v3 of 6.12 leaves it out as well, so that one word makes the entry.
TEST_CASE("an SMMU without IDR1.ATTR_TYPES_OVR gets no SHCFG") {
  CHECK(bypass_ste(false)[1] == 0);
  const Entry stage1 = cd_table_ste({.table = kCds,
                                     .format = spec::ste::kS1Fmt64K,
                                     .ssid_bits = 20,
                                     .context_0 = false,
                                     .ats = false,
                                     .stalls_denied = false,
                                     .pri_pasid_required = false,
                                     .el2 = false,
                                     .shareability = false});
  CHECK((stage1[1] & ste::kIncomingShareability) == 0);
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  CHECK(w.to(abort_ste()) == 1);
  CHECK(w.to(bypass_ste(false)) == 1);
}

TEST_CASE("PPAR is set for a device that requires the PASID in responses") {
  const Entry e = cd_table_ste({.table = kCds,
                                .format = spec::ste::kS1FmtLinear,
                                .ssid_bits = 10,
                                .context_0 = false,
                                .ats = true,
                                .stalls_denied = true,
                                .pri_pasid_required = true,
                                .el2 = true,
                                .shareability = true});
  CHECK(e[0] == (ste::s1_cd_max(10) | kCds | ste::kLinear | ste::kStage1 | ste::V));
  CHECK(e[1] == (ste::kDssBypass | ste::kCdsCached | ste::kIncomingShareability | ste::kFullAts |
                 ste::S1STALLD | ste::kEl2 | ste::PPAR));
}

TEST_CASE("an STE changes without becoming invalid, with as many syncs as the change needs") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  CHECK(w.to(abort_ste()) == 1);
  CHECK(w.to(bypass_ste(true)) == 2);
  CHECK(w.to(abort_ste()) == 2);
  CHECK(w.to(table_ste(true)) == 2);
  for (const Entry& e : w.seen) CHECK((e[0] & ste::V) != 0);  // never invalid on the way
  CHECK(w.to(abort_ste()) == 2);
  CHECK(w.to(abort_ste()) == 0);
}

TEST_CASE("only S1DSS changing needs one sync") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  Entry terminate = table_ste(true);
  terminate[1] &= ~(ste::s1_dss(0b11) | ste::shcfg(0b11));  // S1DSS terminates
  Entry ssid0 = terminate;
  ssid0[1] |= ste::kDssSubstream0;
  w.to(terminate);
  CHECK(w.to(ssid0) == 1);
}

TEST_CASE("an STE whose table and ATS both change becomes invalid in between") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  w.to(table_ste(true));
  Entry other = table_ste(false);
  other[0] += 0x1'0000;  // S1ContextPtr
  CHECK(w.to(other) == 3);
  CHECK((w.seen[0][0] & ste::V) == 0);
}

TEST_CASE("a CD is created, quiesced and cleared with two syncs each") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, cd_used);
  CHECK(w.to(live()) == 2);
  CHECK(w.to(live(kPgd, 2)) == 1);
  CHECK(w.to(quiet_cd(live(kPgd, 2), false, false)) == 2);
  CHECK((w.seen[0][0] & cd::EPD0) != 0);
  CHECK(w.seen[0][1] != 0);  // EPD0 is set before TTB0 is cleared
  CHECK(w.to(Entry{}) == 2);
  CHECK(w.to(live()) == 2);
  CHECK(w.to(Entry{}) == 2);
}

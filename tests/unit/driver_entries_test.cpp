// STEs and CDs against words typed from 5.2 and 5.4, and the number of times the entry writer has to sync.
#include <doctest/doctest.h>

#include "sw_driver/smmu_v3/entries.h"
#include "tests/unit/driver_fake_os.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;

namespace {

constexpr u64 kAt = sw_test::FakeOs::kRam;

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

Entry live(u64 pgd = 0x9'8765'4000, u32 asid = 1, bool stall = false) {
  return sva_cd({.pgd = pgd,
                 .granule = spec::vmsa::Granule::k4K,
                 .input_bits = 48,
                 .pa_bits = 48,
                 .asid = asid,
                 .stall = stall});
}
Entry table_ste(bool ats) {
  return cd_table_ste({.table = 0x8'0001'0000,
                       .format = spec::ste::kS1Fmt64K,
                       .ssid_bits = 20,
                       .ats = ats,
                       .stalls_denied = ats,
                       .pri_pasid_required = false,
                       .el2 = false});
}

}  // namespace

TEST_CASE("a live CD walks the process's tables and has the manual's bits") {
  const Entry cd = live();
  CHECK(cd[0] == 0x0001'E205'C000'3510);
  CHECK(cd[1] == 0x0000'0009'8765'4000);
  CHECK(cd[2] == 0);
  CHECK(cd[3] == 0x0000'0004'0044'FFFF);
  CHECK(live(0x9'8765'4000, 1, true)[0] == 0x0001'F205'C000'3510);
}

TEST_CASE("each granule has its own TG0 in a CD") {
  SvaCd s{.pgd = 0x10'0000,
          .granule = spec::vmsa::Granule::k16K,
          .input_bits = 48,
          .pa_bits = 48,
          .asid = 1,
          .stall = false};
  CHECK((sva_cd(s)[0] >> 6 & 3) == 2);
  s.granule = spec::vmsa::Granule::k64K;
  CHECK((sva_cd(s)[0] >> 6 & 3) == 1);
}

TEST_CASE("a quiesced CD is valid, walks nothing, aborts, and neither records nor stalls") {
  const Entry cd = quiet_cd(live(0x9'8765'4000, 1, true), false, false);
  CHECK(cd[0] == 0x0001'C205'C000'4000);
  CHECK(cd[1] == 0);
  CHECK(cd[3] == 0x0000'0004'0044'FFFF);
}

TEST_CASE("a quiesced CD keeps S if the SMMU always stalls") {
  CHECK((quiet_cd(live(0x1000, 1, true), true, false)[0] >> 44 & 1) == 1);
}

TEST_CASE("an STE with a CD table has the manual's bits") {
  const Entry pcie = table_ste(true);
  CHECK(pcie[0] == 0xA000'0008'0001'002B);
  CHECK(pcie[1] == 0x0000'1000'1800'00D5);
  CHECK(table_ste(false)[1] == 0x0000'1000'0000'00D5);
  CHECK(bypass_ste()[0] == 0x9);
  CHECK(bypass_ste()[1] == 0x0000'1000'0000'0000);
  CHECK(abort_ste()[0] == 0x1);
}

TEST_CASE("PPAR is set for a device that requires the PASID in responses") {
  const Entry e = cd_table_ste({.table = 0x8'0001'0000,
                                .format = spec::ste::kS1FmtLinear,
                                .ssid_bits = 10,
                                .ats = true,
                                .stalls_denied = true,
                                .pri_pasid_required = true,
                                .el2 = true});
  CHECK(e[0] == 0x5000'0008'0001'000B);
  CHECK(e[1] == 0x0000'1000'9804'00D5);
}

TEST_CASE("an STE changes without becoming invalid, with as many syncs as the change needs") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  CHECK(w.to(abort_ste()) == 1);
  CHECK(w.to(bypass_ste()) == 2);
  CHECK(w.to(abort_ste()) == 2);
  CHECK(w.to(table_ste(true)) == 2);
  for (const Entry& e : w.seen) CHECK((e[0] & 1) == 1);  // never invalid on the way
  CHECK(w.to(abort_ste()) == 2);
  CHECK(w.to(abort_ste()) == 0);
}

TEST_CASE("only S1DSS changing needs one sync") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  Entry terminate = table_ste(true);
  spec::ste::S1DSS.set(terminate, spec::ste::kS1DssTerminate);
  spec::ste::SHCFG.set(terminate, 0);
  Entry ssid0 = terminate;
  spec::ste::S1DSS.set(ssid0, spec::ste::kS1DssSsid0);
  w.to(terminate);
  CHECK(w.to(ssid0) == 1);
}

TEST_CASE("an STE whose table and ATS both change becomes invalid in between") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, ste_used);
  w.to(table_ste(true));
  Entry other = table_ste(false);
  spec::ste::S1ContextPtr.set(other, 0x9'0000'0000 >> 6);
  CHECK(w.to(other) == 3);
  CHECK((w.seen[0][0] & 1) == 0);
}

TEST_CASE("a CD is created, quiesced and cleared with two syncs each") {
  sw_test::FakeOs os;
  Env env{os, {}};
  CountingWriter w(env, cd_used);
  CHECK(w.to(live()) == 2);
  CHECK(w.to(live(0x9'8765'4000, 2)) == 1);
  CHECK(w.to(quiet_cd(live(0x9'8765'4000, 2), false, false)) == 2);
  CHECK((w.seen[0][0] >> 14 & 1) == 1);
  CHECK(w.seen[0][1] != 0);  // EPD0 is set before TTB0 is cleared
  CHECK(w.to(Entry{}) == 2);
  CHECK(w.to(live()) == 2);
  CHECK(w.to(Entry{}) == 2);
}

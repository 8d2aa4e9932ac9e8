// structure_update: planted violations of 3.21.3, each next to the nearest legal sequences.
#include "tests/support/commands.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {

using namespace smmu_vp::test;

constexpr std::string_view kMonitor = "structure_update";
constexpr u64 kStrtab = 0x10'0000, kLeafStes = 0x20'0000, kCds = 0x30'0000, kLeafCds = 0x40'0000;
constexpr u32 kStream = 0x105;
constexpr u64 kSte = kLeafStes + 64 * 5, kCd = kLeafCds + 64 * 5;
constexpr u64 kSte0 = ste::s1_cd_max(10) | kCds | ste::k64KLeaves | ste::kStage1 | ste::V,
              kSte1 = ste::kFullAts | ste::kDssSubstream0;
constexpr u64 kCd0 = cd::asid(7) | cd::V | cd::EPD1 | cd::t0sz(16), kTtb = 0x50'0000;
constexpr u64 kToStes = kLeafStes | l1std::span(9), kToCds = kLeafCds | l1cd::V;

struct Driver {
  History h;
  u32 index = 0;
  Driver& store(u64 pa, u64 value) {
    h.add(trace::StructureStore{pa, value});
    return *this;
  }
  Driver& command(const cmd::Command& words) {
    h.add(trace::Command{index++, words[0], words[1]});
    return *this;
  }
  Driver& cfgi_ste(bool leaf = true, u32 sid = kStream) { return command(cmd::cfgi_ste(sid, leaf)); }
  Driver& cfgi_ste_range(u32 sid, u64 range) { return command(cmd::cfgi_ste_range(sid, range)); }
  Driver& cfgi_cd(u32 ssid = 5, bool leaf = true) { return command(cmd::cfgi_cd(kStream, ssid, leaf)); }
  Driver& sync() {
    h.sync();
    return *this;
  }
  // A two-level stream table with SPLIT 8 for 16 bits of StreamID, enabled; nothing valid in it.
  Driver& enabled() {
    h.add(trace::RegisterWrite{reg::STRTAB_BASE, kStrtab, 8});
    h.add(trace::RegisterWrite{reg::STRTAB_BASE_CFG, strtab::two_level(8, 16), 4});
    h.add(trace::RegisterWrite{reg::CR0, cr0::SMMUEN, 4});
    return *this;
  }
  Driver& leaf_installed() { return enabled().store(kStrtab + 8, kToStes).cfgi_ste(false).sync(); }
  Driver& stream_valid(u64 ste0 = kSte0) {
    return leaf_installed().store(kSte + 8, kSte1).cfgi_ste().sync().store(kSte, ste0).cfgi_ste().sync();
  }
  Driver& bound() {
    stream_valid().store(kCds, kToCds).cfgi_cd(5, false).sync();
    return store(kCd + 8, kTtb)
        .store(kCd + 24, mair::kWriteBack)
        .cfgi_cd()
        .sync()
        .store(kCd, kCd0)
        .cfgi_cd()
        .sync();
  }
  u64 violations() {
    h.finish();
    return h.violations(kMonitor);
  }
};

}  // namespace

TEST_CASE("structures made valid word by word with their invalidations are legal") {
  Driver d;
  d.bound().h.live().add(trace::PasidPhase{kStream, 5, kMm, kAsid, spec::Phase::kLive});
  CHECK(d.violations() == 0);
  CHECK(d.h.monitor(kMonitor).checked() >= 7);
}

TEST_CASE("setting V together with other fields is a violation, with a sync in between it is not") {
  Driver d;
  d.leaf_installed().store(kSte + 8, kSte1).store(kSte, kSte0).cfgi_ste().sync();
  CHECK(d.violations() == 1);
  Driver no_sync;
  no_sync.leaf_installed().store(kSte + 8, kSte1).cfgi_ste().store(kSte, kSte0).cfgi_ste().sync();
  CHECK(no_sync.violations() == 1);
  Driver unreachable;
  unreachable.enabled().store(kSte + 8, kSte1).store(kSte, kSte0).store(kStrtab + 8, kToStes);
  unreachable.cfgi_ste(false).sync();
  CHECK(unreachable.violations() == 0);
}

TEST_CASE("a live CD may change in one word and not in two") {
  Driver one;
  one.bound().store(kCd, kCd0 | cd::EPD0).cfgi_cd().sync().store(kCd + 8, 0).cfgi_cd().sync();
  CHECK(one.violations() == 0);
  Driver two;
  two.bound().store(kCd, kCd0 | cd::asid(9)).store(kCd + 8, kTtb + 0x1000).cfgi_cd().sync();
  CHECK(two.violations() == 1);
  CHECK(two.h.monitor(kMonitor).violations()[0].subject.pasid == 5);
  Driver through_invalid;
  through_invalid.bound().store(kCd, 0).cfgi_cd().sync().store(kCd + 8, kTtb + 0x1000).cfgi_cd().sync();
  through_invalid.store(kCd, kCd0).cfgi_cd().sync();
  CHECK(through_invalid.violations() == 0);
  Driver ignored;  // bits of TTB0 are unused while EPD0 is 1
  ignored.bound().store(kCd, kCd0 | cd::EPD0).store(kCd + 8, 0).cfgi_cd().sync();
  CHECK(ignored.violations() == 1);  // but not in a cached copy with EPD0 = 0
}

TEST_CASE("clearing V and changing other fields needs a sync in between") {
  Driver d;
  d.bound().store(kCd, 0).store(kCd + 8, kTtb + 0x1000).cfgi_cd().sync();
  CHECK(d.violations() == 1);
}

TEST_CASE("a missing or wrong invalidation is a violation when a phase is announced or the run ends") {
  Driver none;
  none.bound()
      .store(kCd, kCd0 | cd::EPD0)
      .h.add(trace::PasidPhase{kStream, 5, kMm, kAsid, spec::Phase::kQuiesced});
  CHECK(none.h.violations(kMonitor) == 1);
  Driver other;
  other.bound()
      .store(kCd, kCd0 | cd::EPD0)
      .cfgi_cd(6)
      .sync()
      .h.add(trace::PasidPhase{kStream, 5, kMm, kAsid, spec::Phase::kQuiesced});
  CHECK(other.h.violations(kMonitor) == 1);
  Driver unsynced;
  unsynced.bound()
      .store(kCd, kCd0 | cd::EPD0)
      .cfgi_cd()
      .h.add(trace::PasidPhase{kStream, 5, kMm, kAsid, spec::Phase::kQuiesced});
  CHECK(unsynced.h.violations(kMonitor) == 1);
  Driver proper;
  proper.bound()
      .store(kCd, kCd0 | cd::EPD0)
      .cfgi_cd()
      .sync()
      .h.add(trace::PasidPhase{kStream, 5, kMm, kAsid, spec::Phase::kQuiesced});
  CHECK(proper.violations() == 0);
  Driver by_stream;  // CMD_CFGI_STE includes the stream's CDs
  by_stream.bound().store(kCd, kCd0 | cd::EPD0).cfgi_ste().sync();
  CHECK(by_stream.violations() == 0);
  Driver at_the_end;
  at_the_end.bound().store(kSte, 0);
  CHECK(at_the_end.violations() == 1);
}

TEST_CASE("a first-level descriptor needs an invalidation without Leaf") {
  Driver leaf;
  leaf.enabled().store(kStrtab + 8, kToStes).cfgi_ste(true).sync();
  CHECK(leaf.violations() == 1);
  Driver cd_leaf;
  cd_leaf.stream_valid().store(kCds, kToCds).cfgi_cd(5, true).sync();
  CHECK(cd_leaf.violations() == 1);
}

TEST_CASE("an invalidation counts for a first-level stream table descriptor within its 2^SPLIT StreamIDs") {
  // The descriptor at kStrtab + 8 covers StreamIDs 0x100 to 0x1FF (6.3.25 SPLIT).
  const auto violations = [](const auto& invalidate) {
    Driver d;
    d.enabled().store(kStrtab + 8, kToStes);
    invalidate(d);
    d.sync();
    return d.violations();
  };
  CHECK(violations([](Driver& d) { d.cfgi_ste(false, 0x1FF); }) == 0);
  CHECK(violations([](Driver& d) { d.cfgi_ste(false, 0x205); }) == 1);
  CHECK(violations([](Driver& d) { d.cfgi_ste(false, 0x0FF); }) == 1);
  // Leaf has no effect in an invalidation by range (4.3.2): any of its StreamIDs suffices.
  CHECK(violations([](Driver& d) { d.cfgi_ste_range(0x104, 1); }) == 0);
  CHECK(violations([](Driver& d) { d.cfgi_ste_range(0x000, 8); }) == 0);
  CHECK(violations([](Driver& d) { d.cfgi_ste_range(0x000, 7); }) == 1);
  CHECK(violations([](Driver& d) { d.cfgi_ste_range(0x204, 1); }) == 1);
  CHECK(violations([](Driver& d) { d.cfgi_ste_range(0x000, 31); }) == 0);
}

TEST_CASE("an open first-level CD descriptor matters only to the PASIDs it covers") {
  // S1Fmt 0b01 has 64 CDs a leaf table, 0b10 has 1024 (5.2 S1Fmt).
  constexpr u64 kSte4K = kSte0 ^ ste::s1_fmt(0b11);
  const auto violations = [](u64 ste0, u32 pasid) {
    Driver d;
    d.stream_valid(ste0)
        .store(kCds, kToCds)
        .h.add(trace::PasidPhase{kStream, pasid, kMm, kAsid, spec::Phase::kLive});
    return d.h.violations(kMonitor);
  };
  CHECK(violations(kSte4K, 0) == 1);
  CHECK(violations(kSte4K, 63) == 1);
  CHECK(violations(kSte4K, 64) == 0);
  CHECK(violations(kSte4K, 100) == 0);
  CHECK(violations(kSte0, 100) == 1);
  CHECK(violations(kSte0, 1023) == 1);
  CHECK(violations(kSte0, 1024) == 0);
  // An invalidation of another stream's CD does not cover it.
  Driver d;
  d.stream_valid(kSte4K).store(kCds, kToCds).cfgi_cd(100, false).sync();
  CHECK(d.violations() == 1);
}

TEST_CASE("tables stay allocated while the SMMU can reach them") {
  Driver d;
  d.bound().h.add(trace::PageFreed{kLeafCds, 16});
  CHECK(d.h.violations(kMonitor) == 1);
  Driver after;
  after.bound().store(kSte, 0).cfgi_ste().sync().h.add(trace::PageFreed{kLeafCds, 16});
  CHECK(after.violations() == 0);
}

}  // namespace smmu_vp::tb::test

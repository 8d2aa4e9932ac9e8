// stale_configuration, structure_snapshot and context_validity: a driver that only writes memory and queues, with the
// mistakes of each beside the nearest legal sequence.
#include "tests/support/commands.h"
#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {

using namespace smmu_vp::test;

constexpr u64 kStreams = 0x10'0000, kCdTable = 0x20'0000, kLeaf = 0x30'0000, kRoot = 0x50'0000;
constexpr u32 kStream = 5, kPasidUsed = 3;
constexpr u64 kSteAt = kStreams + 64 * kStream, kCdAt = kCdTable + 64 * kPasidUsed;
constexpr u64 kSte0 = ste::s1_cd_max(6) | kCdTable | ste::kStage1 | ste::V;  // a linear table of 64 CDs
constexpr u64 kCd0 = cd::asid(7) | cd::AA64 | cd::A | cd::R | cd::EPD1 | cd::V | cd::t0sz(16);
const u64 kGrace = MachineTraits{}.grace_ps;

struct Machine {
  explicit Machine(const MachineTraits& traits = {}) : h(traits) {}

  Machine& store(u64 pa, u64 value) {
    h.memory()[pa] = value;
    return *this;
  }
  Machine& command(const cmd::Command& c) {
    h.add(trace::Command{index++, c[0], c[1]});
    return *this;
  }
  Machine& sync() {
    h.sync();
    return *this;
  }
  Machine& ste_changed(u32 sid = kStream, bool leaf = true) {
    return command(cmd::cfgi_ste(sid, leaf)).sync();
  }
  Machine& cd_changed(u32 ssid = kPasidUsed, bool leaf = true) {
    return command(cmd::cfgi_cd(kStream, ssid, leaf)).sync();
  }
  // A linear stream table of 256 entries.
  Machine& enabled(u32 strtab_base_cfg = strtab::linear(8)) {
    h.add(trace::RegisterWrite{reg::STRTAB_BASE, kStreams, 8});
    h.add(trace::RegisterWrite{reg::STRTAB_BASE_CFG, strtab_base_cfg, 4});
    h.add(trace::RegisterWrite{reg::CR0, cr0::SMMUEN, 4});
    return *this;
  }
  Machine& stream(u64 ste0 = kSte0) {
    return store(kSteAt + 8, ste::kDssTerminate | ste::kFullAts)
        .ste_changed()
        .store(kSteAt, ste0)
        .ste_changed();
  }
  Machine& context(u64 cd0 = kCd0, u64 at = kCdAt) {
    store(kRoot, pte::kTable);  // it has a descriptor
    return store(at + 8, kRoot).store(at + 24, mair::kWriteBack).cd_changed().store(at, cd0).cd_changed();
  }
  Machine& bound() { return enabled().stream().context(); }
  Machine& fetched(spec::Structure kind, u64 pa, u32 sid = kStream) {
    const spec::Requester who{sid, kPasidUsed};
    h.add(trace::ConfigRead{kind, who, pa});
    return answered(kind, pa, who);
  }
  Machine& answered(spec::Structure kind, u64 pa, const spec::Requester& who) {
    trace::ConfigFetched f{kind, who, pa, {}};
    for (unsigned i = 0; i < (kind == spec::Structure::kSte || kind == spec::Structure::kCd ? 8u : 1u); ++i)
      f.words[i] = h.memory()[pa + 8 * i];
    h.add(f);
    return *this;
  }
  Machine& used() {
    fetched(spec::Structure::kSte, kSteAt);
    return fetched(spec::Structure::kCd, kCdAt);
  }
  // A device asks, long after.
  Machine& asks(u64 after_ps = 2 * kGrace) {
    h.wait(after_ps).add(
        trace::TransactionBegin{transaction, 0, {kStream, kPasidUsed}, At::kUntranslated, 0, 8, false});
    ++transaction;
    return *this;
  }
  u64 violations(std::string_view monitor) {
    h.finish();
    return h.violations(monitor);
  }
  u64 machine_violations() {
    h.finish();
    u64 sum = 0;
    for (const std::string_view name : {"stale_configuration", "structure_snapshot", "context_validity"}) {
      for (const Violation& v : h.monitor(name).violations()) MESSAGE(name, ": ", v.what);
      sum += h.violations(name);
    }
    return sum;
  }

  History h;
  u32 index = 0;
  u64 transaction = 1;
};

constexpr std::string_view kStale = "stale_configuration", kTorn = "structure_snapshot",
                           kContext = "context_validity";

}  // namespace

TEST_CASE(
    "a driver that changes one word at a time and synchronises each invalidation pleases the machine's "
    "monitors") {
  Machine m;
  m.bound().used().asks();
  m.store(kCdAt, kCd0 | cd::EPD0).cd_changed().store(kCdAt + 8, 0).cd_changed().used().asks();  // quiesced
  m.store(kCdAt, 0).cd_changed().store(kCdAt + 24, 0).cd_changed().asks();
  m.store(kSteAt, 0).ste_changed();
  for (u64 at = kCdTable; at < kCdTable + 0x1000; at += 8)
    m.store(at, ~u64{0});  // its pages are somebody else's
  m.asks();
  CHECK(m.machine_violations() == 0);
  CHECK(m.h.monitor(kStale).verdict() == Verdict::kClean);
  CHECK(m.h.monitor(kTorn).verdict() == Verdict::kClean);
  CHECK(m.h.monitor(kContext).verdict() == Verdict::kClean);
}

TEST_CASE("a changed CD without an invalidation is found when its grace has passed") {
  Machine m;
  m.bound().used().store(kCdAt, kCd0 | cd::EPD0).asks(0);
  CHECK(m.h.violations(kStale) == 0);
  m.asks();
  CHECK(m.h.says(kStale, "the CD of StreamID 0x5, SubstreamID 3 at 0x2000c0: word 0: "));
  CHECK(m.h.says(kStale, "no CMD_CFGI_CD of StreamID 0x5, SubstreamID 3, Leaf 1 and CMD_SYNC since"));
  CHECK(m.h.says(kStale, "1 transactions began meanwhile"));
  CHECK(m.h.monitor(kStale).violations()[0].subject.pasid == kPasidUsed);
  CHECK(m.violations(kStale) == 1);
}

TEST_CASE("a change that nobody invalidated is found at the end, fetched or not") {
  Machine used;
  used.bound().used().store(kSteAt, 0);
  CHECK(used.violations(kStale) == 1);
  Machine unused;  // the SMMU may read any CD that it can reach (3.21.3)
  unused.enabled().stream().store(kCdAt, kCd0);
  CHECK(unused.violations(kStale) == 1);
  Machine unreachable;
  unreachable.enabled().store(kCdAt, kCd0);
  CHECK(unreachable.violations(kStale) == 0);
}

TEST_CASE("a change that was invalidated late is counted and no violation") {
  Machine m;
  m.bound().used().store(kCdAt, kCd0 | cd::EPD0).asks(0).cd_changed();
  CHECK(m.violations(kStale) == 0);
  const std::vector<ExposureWindows> windows = m.h.monitor(kStale).exposures();
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].count == 3);  // the STE and the CD becoming valid, and this one
  CHECK(windows[0].used == 1);
}

TEST_CASE("an invalidation without its CMD_SYNC is no invalidation") {
  Machine m;
  m.bound().used().store(kCdAt, kCd0 | cd::EPD0).command(cmd::cfgi_cd(kStream, kPasidUsed)).asks();
  CHECK(m.h.says(kStale, "no CMD_SYNC has ended"));
}

TEST_CASE("an invalidation of another stream or context is named beside the one that is missing") {
  Machine stream;
  stream.bound()
      .used()
      .store(kCdAt, kCd0 | cd::EPD0)
      .command(cmd::cfgi_cd(kStream + 1, kPasidUsed))
      .sync()
      .asks();
  CHECK(stream.h.says(kStale, "only CMD_CFGI_CD of StreamID 0x6, SubstreamID 3, Leaf 1"));
  Machine context;
  context.bound().used().store(kCdAt, kCd0 | cd::EPD0).cd_changed(kPasidUsed + 1).asks();
  CHECK(context.h.says(kStale, "only CMD_CFGI_CD of StreamID 0x5, SubstreamID 4, Leaf 1"));
  Machine whole;  // the stream's CDs go with its STE (4.3.1)
  whole.bound().used().store(kCdAt, kCd0 | cd::EPD0).ste_changed().asks();
  CHECK(whole.machine_violations() == 0);
}

TEST_CASE(
    "a first-level CD descriptor that was fetched needs an invalidation that is not of the leaf alone") {
  constexpr u64 kTwoLevel = ste::s1_cd_max(8) | kCdTable | ste::s1_fmt(0b01) | ste::kStage1 | ste::V;
  const auto linked = [](Machine& m, bool read, bool leaf) {
    m.enabled().stream(kTwoLevel).fetched(spec::Structure::kSte, kSteAt);
    if (read) m.fetched(spec::Structure::kL1Cd, kCdTable);
    m.store(kCdTable, kLeaf | 1).cd_changed(kPasidUsed, leaf).context(kCd0, kLeaf + 64 * kPasidUsed);
    m.fetched(spec::Structure::kL1Cd, kCdTable).fetched(spec::Structure::kCd, kLeaf + 64 * kPasidUsed).asks();
    return m.machine_violations();
  };
  Machine whole, leaf_only, never_read, strict({.strict = true});
  CHECK(linked(whole, true, false) == 0);
  CHECK(linked(leaf_only, true, true) == 1);
  CHECK(leaf_only.h.says(kStale, "the L1CD of StreamID 0x5, SubstreamID 0"));
  CHECK(leaf_only.h.says(kStale, "SubstreamID 0, Leaf 0"));
  CHECK(linked(never_read, false, true) == 0);
  CHECK(linked(strict, false, true) == 1);
}

TEST_CASE(
    "a first-level stream table descriptor that was fetched needs an invalidation that is not of the leaf "
    "alone") {
  const auto linked = [](Machine& m, bool leaf) {
    m.enabled(strtab::two_level(8, 16)).fetched(spec::Structure::kL1Std, kStreams);
    m.store(kStreams, kLeaf | l1std::span(9)).ste_changed(kStream, leaf).asks();
    return m.machine_violations();
  };
  Machine whole, leaf_only;
  CHECK(linked(whole, false) == 0);
  CHECK(linked(leaf_only, true) == 1);
  CHECK(leaf_only.h.says(kStale, "no CMD_CFGI_STE of StreamID 0x0, Leaf 0 and CMD_SYNC since"));
}

TEST_CASE("a fetch that an invalidation overtook leaves nothing behind after the CMD_SYNC") {
  const auto overtaken = [](bool began_before) {
    Machine m;
    const spec::Requester who{kStream, kPasidUsed};
    m.bound();
    trace::ConfigFetched old{spec::Structure::kCd, who, kCdAt, {kCd0, kRoot, 0, mair::kWriteBack}};
    if (began_before) m.h.add(trace::ConfigRead{spec::Structure::kCd, who, kCdAt});
    m.store(kCdAt, kCd0 | cd::EPD0).command(cmd::cfgi_cd(kStream, kPasidUsed));
    if (!began_before) m.h.add(trace::ConfigRead{spec::Structure::kCd, who, kCdAt});
    m.h.add(old);
    return m.sync().asks().violations(kStale);
  };
  CHECK(overtaken(true) == 0);
  CHECK(overtaken(false) == 1);
}

TEST_CASE("memory of a table that nothing leads to any more serves nothing else before its invalidation") {
  const auto reused = [](bool written) {
    Machine m;
    m.bound().used().store(kSteAt, 0);
    if (written) m.store(kCdAt, 0x1234).store(kCdAt + 8, 0x5678);
    m.asks(0).h.add(trace::Translated{7, {9, {}}, 1, 0x7000, kCdTable, 8, true, At::kUntranslated});
    const u64 at_once = m.h.violations(kStale);
    m.ste_changed();
    CHECK(m.violations(kStale) == at_once);
    return at_once;
  };
  CHECK(reused(true) == 1);
  CHECK(reused(false) == 0);
}

TEST_CASE(
    "a structure that becomes valid with all its words is judged when something asks for it before the "
    "CMD_SYNC") {
  const auto filled = [](Machine& m, bool asked) {
    m.enabled().stream().store(kCdAt + 8, kRoot).store(kCdAt, kCd0);
    if (asked) m.used();
    m.cd_changed().used().asks();
    return m.violations(kTorn);
  };
  Machine in_use, idle, strict({.strict = true});
  CHECK(filled(in_use, true) == 1);
  CHECK(in_use.h.says(kTorn, "word 0: 0x0 -> "));
  CHECK(in_use.h.says(kTorn, "word 1: 0x0 -> 0x500000"));
  CHECK(filled(idle, false) == 0);
  CHECK(filled(strict, false) == 1);
  Machine recommended({.strict = true});  // 3.21.3.1
  recommended.enabled().stream().store(kCdAt + 8, kRoot).cd_changed().store(kCdAt, kCd0).cd_changed();
  CHECK(recommended.violations(kTorn) == 0);
  Machine unsynced({.strict = true});
  unsynced.enabled().stream().store(kCdAt + 8, kRoot).command(cmd::cfgi_cd(kStream, kPasidUsed));
  unsynced.store(kCdAt, kCd0).cd_changed();
  CHECK(unsynced.violations(kTorn) == 1);
  Machine before_reach;  // filled before anything leads to it
  before_reach.store(kCdAt + 8, kRoot).store(kCdAt, kCd0).enabled().stream().used().asks();
  CHECK(before_reach.machine_violations() == 0);
}

TEST_CASE("a live CD may change in one word and not in two") {
  Machine one, two, two_syncs;
  one.bound().used().store(kCdAt, kCd0 ^ cd::asid(1)).cd_changed();
  CHECK(one.machine_violations() == 0);
  two.bound().used().store(kCdAt, kCd0 ^ cd::asid(1)).store(kCdAt + 8, kRoot + 0x1000).cd_changed();
  CHECK(two.violations(kTorn) == 1);
  two_syncs.bound()
      .used()
      .store(kCdAt, kCd0 ^ cd::asid(1))
      .cd_changed()
      .store(kCdAt + 8, kRoot + 0x1000)
      .cd_changed();
  CHECK(two_syncs.machine_violations() == 0);
  Machine seen_at_use;  // no invalidation at all: the fetch shows it
  seen_at_use.bound().used().store(kCdAt, kCd0 ^ cd::asid(1)).store(kCdAt + 8, kRoot + 0x1000).used();
  CHECK(seen_at_use.h.violations(kTorn) == 1);
}

TEST_CASE("bits that mean nothing with the contents before and after may change at will") {
  Machine m;
  m.bound().used().store(kCdAt + 16, 0x1000).store(kCdAt, kCd0 | cd::t1sz(16));  // EPD1 is 1
  CHECK(m.machine_violations() == 0);
}

TEST_CASE("a structure made valid before its pointer is named when it is invalidated") {
  Machine no_root;
  no_root.enabled().stream().store(kCdAt, kCd0).cd_changed();
  CHECK(no_root.h.says(kContext, "with TTB0 = 0x0, where there is no table"));
  Machine no_walk;
  no_walk.enabled().stream().store(kCdAt, kCd0 | cd::EPD0).cd_changed();
  CHECK(no_walk.machine_violations() == 0);
  Machine no_cds;
  no_cds.enabled().stream(ste::kStage1 | ste::V);
  CHECK(no_cds.h.says(kContext, "with S1ContextPtr = 0x0"));
}

TEST_CASE("a structure that is valid and refused as ILLEGAL is named once") {
  const auto refused = [](Machine& m, EventId id, u32 ssid) {
    m.h.add(trace::EventRecord{id, {kStream, ssid}, false, false, 0, 0, 0, 0, 0});
  };
  Machine context;
  context.bound().used();
  refused(context, EventId::C_BAD_CD, kPasidUsed);
  refused(context, EventId::C_BAD_CD, kPasidUsed);
  CHECK(context.h.says(kContext, "CD of StreamID 0x5, SubstreamID 3 is valid and ILLEGAL"));
  CHECK(context.h.violations(kContext) == 1);
  Machine stream;
  stream.bound().used();
  refused(stream, EventId::C_BAD_STE, kPasidUsed);
  CHECK(stream.h.says(kContext, "STE of StreamID 0x5 is valid and ILLEGAL"));
  Machine given_up;  // C_BAD_CD is what a device gets that still asks then
  given_up.bound().used().store(kCdAt, 0).cd_changed();
  given_up.fetched(spec::Structure::kCd, kCdAt);
  refused(given_up, EventId::C_BAD_CD, kPasidUsed);
  CHECK(given_up.machine_violations() == 0);
}

TEST_CASE("the root of a valid CD serves as nothing else") {
  const trace::Translated write{7, {9, {}}, 1, 0x7000, kRoot + 0x40, 8, true, At::kUntranslated};
  Machine written;
  written.bound().used().h.add(write);
  CHECK(written.h.says(kContext, "its root at 0x500000 is no table any more: StreamID 0x9 writes there"));
  Machine after;
  after.bound().used().store(kCdAt, kCd0 | cd::EPD0).cd_changed().h.add(write);
  CHECK(after.machine_violations() == 0);
  Machine queue;
  queue.h.add(trace::RegisterWrite{reg::EVENTQ_BASE, kRoot | 7, 8}).add(trace::RegisterWrite{reg::CR0, 4, 4});
  queue.enabled();
  queue.h.add(trace::RegisterWrite{reg::CR0, 5, 4});
  queue.stream().context();
  CHECK(queue.h.says(kContext, "the EVENTQ is there"));
}

TEST_CASE("a context that walks nothing stalls nothing that is then aborted") {
  const auto stalled = [](const MachineTraits& traits, u64 cd0, spec::StallAction action) {
    Machine m(traits);
    m.enabled().stream().context(cd0).used();
    m.h.add(trace::Stalled{1, {kStream, kPasidUsed}, 4, kVa}).add(trace::Resumed{1, kStream, 4, action});
    return m.violations(kContext);
  };
  constexpr u64 kQuiet = kCd0 | cd::EPD0 | cd::S;
  CHECK(stalled({}, kQuiet, spec::StallAction::kAbort) == 1);
  CHECK(stalled({}, kQuiet, spec::StallAction::kRetry) == 0);
  CHECK(stalled({}, kCd0 | cd::S, spec::StallAction::kAbort) == 0);
  CHECK(stalled({.stalls_forced = true}, kQuiet, spec::StallAction::kAbort) == 0);
}

TEST_CASE("events of a context that walks nothing are software's choice and reported when strict") {
  const auto recorded = [](bool strict) {
    Machine m({.strict = strict});
    m.enabled().stream().context(kCd0 | cd::EPD0).used();
    m.h.add(trace::EventRecord{EventId::F_TRANSLATION, {kStream, kPasidUsed}, false, false, kVa, 0, 0, 0, 0});
    return m.violations(kContext);
  };
  CHECK(recorded(true) == 1);
  CHECK(recorded(false) == 0);
}

}  // namespace smmu_vp::tb::test

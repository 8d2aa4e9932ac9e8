// Broadcast TLB maintenance (3.17): participation, scope, completion, and its cost compared with commands.
#include "tests/unit/smmu_broadcast.h"

namespace smmu_vp::test {

namespace {

core::SmmuConfig participating() {
  core::SmmuConfig config;
  config.features.btm = true;
  return config;
}

BroadcastTlbi va(u64 address, u16 asid = 0x42, u16 vmid = 0) {
  return {.op = BroadcastOp::kVaE1, .vmid = vmid, .asid = asid, .address = address};
}

// Whether the next access to kVa needs a walk.
bool walks(Bench& b) {
  const u64 before = b.counter("smmu.tlb.misses");
  b.dma(Bench::kVa, false);
  return b.counter("smmu.tlb.misses") != before;
}

}  // namespace

TEST_CASE("IDR0.BTM follows the configuration and PTM is writable only with it") {
  Bench b(participating());
  b.run([&] {
    CHECK(idr::btm(b.read32(reg::IDR0)));
    b.write32(reg::CR2, cr2::RECINVSID | cr2::PTM);
    CHECK(b.read32(reg::CR2) == (cr2::RECINVSID | cr2::PTM));
  });
}

TEST_CASE("broadcast invalidations drop exactly the entries in their scope") {
  Bench b(participating());
  Pe pe(b);
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(walks(b));
    for (const BroadcastTlbi& other :
         {va(Bench::kVa + 0x1000), va(Bench::kVa, 0x43),
          va(Bench::kVa, 0x42, 7),  // without stage 2 VMID 0 only
          BroadcastTlbi{.op = BroadcastOp::kAsidE1, .asid = 0x41}, BroadcastTlbi{.op = BroadcastOp::kIpaS2E1},
          BroadcastTlbi{.op = BroadcastOp::kAllE2}, BroadcastTlbi{.op = BroadcastOp::kVmalleE1, .vmid = 1}}) {
      CAPTURE(static_cast<int>(other.op));
      pe.tlbi(other);
      CHECK_FALSE(walks(b));
    }
    for (const BroadcastTlbi& matching :
         {va(Bench::kVa), BroadcastTlbi{.op = BroadcastOp::kVaaE1, .address = Bench::kVa},
          BroadcastTlbi{
              .op = BroadcastOp::kVaE1, .asid = 0x42, .address = Bench::kVa - 0xF000, .bytes = 0x10000},
          BroadcastTlbi{.op = BroadcastOp::kAsidE1, .asid = 0x42},
          BroadcastTlbi{.op = BroadcastOp::kVmalleE1}, BroadcastTlbi{.op = BroadcastOp::kVmallS12E1},
          BroadcastTlbi{.op = BroadcastOp::kAllE1, .vmid = 9}}) {
      CAPTURE(static_cast<int>(matching.op));
      pe.tlbi(matching);
      CHECK(walks(b));
    }
  });
}

TEST_CASE("broadcast invalidations are ignored with CR2.PTM set") {
  Bench b(participating());
  Pe pe(b);
  b.run([&] {
    b.write32(reg::CR2, cr2::PTM);
    b.write64(reg::STRTAB_BASE, Bench::kStrtab);
    b.write32(reg::STRTAB_BASE_CFG, strtab::linear(8));
    b.write32(reg::CR0, cr0::SMMUEN);
    b.bind_process();
    CHECK(walks(b));
    pe.tlbi({.op = BroadcastOp::kAllE1});
    pe.sync();
    CHECK_FALSE(walks(b));
  });
}

TEST_CASE("broadcast invalidations are ignored if IDR0.BTM is 0") {
  Bench b;
  Pe pe(b);
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(walks(b));
    pe.tlbi({.op = BroadcastOp::kAllE1});
    CHECK_FALSE(walks(b));
  });
}

TEST_CASE("a broadcast sync waits for older transactions and an overtaken walk does not fill") {
  Bench b(participating());
  Pe pe(b);
  bool reached = false, open = false, done = false, synced = false;
  u64 begun = 0, ended = 0;
  sc_core::sc_event opened;
  b.facts.on<trace::BroadcastSyncBegin>([&](const trace::BroadcastSyncBegin&, u64) { ++begun; });
  b.facts.on<trace::BroadcastSyncEnd>([&](const trace::BroadcastSyncEnd&, u64) { ++ended; });
  b.memory.before_access = [&](u64 address, bool) {
    if (address != Bench::kPte + 8 * 0x167 || reached) return;
    reached = true;
    while (!open) sc_core::wait(opened);
  };
  b.run([&] {
    b.enable();
    b.bind_process();
    Bench::spawn([&] {
      b.dma(Bench::kVa, false);
      done = true;
    });
    Bench::until([&] { return reached; });
    Bench::spawn([&] {
      pe.tlbi(va(Bench::kVa));
      pe.sync();
      synced = true;
    });
    Bench::delay(100);
    CHECK_FALSE(synced);
    CHECK(begun == 1);
    CHECK(ended == 0);
    open = true;
    opened.notify();
    Bench::until([&] { return synced; });
    CHECK(done);
    CHECK(ended == 1);
    CHECK(walks(b));
  });
}

TEST_CASE("broadcast invalidations overlap up to a limit, and a sync waits for the last one") {
  core::SmmuConfig config = participating();
  config.broadcasts = {.latency_ps = 700'000, .outstanding = 8, .sync_ps = 30'000};
  Bench b(config, transport::TimingMode::kTimed);
  Pe pe(b);
  b.run([&] {
    b.enable();
    for (const u64 pages : {1, 8, 9, 17}) {
      const u64 began = transport::Timing::now_ps();
      for (u64 page = 0; page < pages; ++page) pe.tlbi(va(Bench::kVa + page * 4096));
      pe.sync();
      CHECK(transport::Timing::now_ps() - began ==
            (pages + 7) / 8 * config.broadcasts.latency_ps + config.broadcasts.sync_ps);
    }
  });
}

TEST_CASE(
    "TLB invalidations are consumed at the rate of the commands, and a CMD_SYNC waits until they have taken "
    "effect") {
  constexpr u64 kPages = 7;
  core::SmmuConfig config = participating();
  config.commands = {.latency_ps = 700'000, .outstanding = kPages, .sync_ps = 30'000};
  u64 last_effect =
      config.timing.register_access_ps + kPages * config.timing.command_ps + config.commands.latency_ps;
  SUBCASE("with room for all on their way") {}
  SUBCASE("one at a time") {
    config.commands.outstanding = 1;
    last_effect =
        config.timing.register_access_ps + config.timing.command_ps + kPages * config.commands.latency_ps;
  }
  Bench b(config, transport::TimingMode::kTimed);
  b.run([&] {
    b.enable();
    const auto put = [&](u64 at, const cmd::Command& command) {
      b.memory.store(Bench::kCmdq + 16 * at, command[0]);
      b.memory.store(Bench::kCmdq + 16 * at + 8, command[1]);
    };
    for (u64 page = 0; page < kPages; ++page)
      put(page, cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa + page * 4096));
    put(kPages, cmd::sync());
    u64 effects = 0, effect = 0, synced = 0;
    b.facts.on<trace::TlbInvalidated>([&](const trace::TlbInvalidated&, u64 t) { ++effects, effect = t; });
    b.facts.on<trace::SyncEnd>([&](const trace::SyncEnd&, u64 t) { synced = t; });
    const u64 began = transport::Timing::now_ps();
    b.write32(reg::CMDQ_PROD, kPages + 1);
    Bench::until([&] { return b.consumed(); });
    CHECK(effects == kPages);
    CHECK(effect - began == last_effect);
    CHECK(synced - effect == config.commands.sync_ps);
  });
}

}  // namespace smmu_vp::test

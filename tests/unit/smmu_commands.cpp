// Commands and their completion signals at the SMMU's sockets: fetch aborts, queue sizes, MSI attributes.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// Remembers each MSI as it was written.
struct Msis {
  std::vector<trace::Msi> seen;
  explicit Msis(Bench& b) {
    b.facts.on<trace::Msi>([this](const trace::Msi& m, u64) { seen.push_back(m); });
  }
};

// Counts wake-up events from the next instant on; made within Bench::run.
struct WakeUps {
  int count = 0;
  explicit WakeUps(Bench& b) {
    Bench::spawn([this, &b] {
      for (;;) {
        sc_core::wait(b.smmu.sev());
        ++count;
      }
    });
    Bench::delay();
  }
};

}  // namespace

TEST_CASE("registers take aligned accesses of 32 and 64 bits and abort all others") {
  Bench b;
  b.run([&] {
    b.write64(0x80, 0x4000'1234'5678'9AC0);
    CHECK(b.read(0x80, 8) == 0x4000'1234'5678'9AC0);
    CHECK(b.read(0x80, 4) == 0x5678'9AC0);
    CHECK(b.read(0x84, 4) == 0x4000'1234);
    b.write32(0x84, 0x5555);  // each half by itself (6.2)
    CHECK(b.read(0x80, 8) == 0x0000'5555'5678'9AC0);
    b.write32(0x98, 0x12345);
    CHECK(b.read(0x98, 8) == 0x12345);  // CMDQ_PROD and CMDQ_CONS: two accesses
    CHECK(b.register_response == tlm::TLM_OK_RESPONSE);
    for (const unsigned bytes : {1u, 2u, 16u, 64u}) {
      b.read(0x80, bytes);
      CHECK(b.register_response == tlm::TLM_BURST_ERROR_RESPONSE);
    }
    for (const u32 offset : {0x84u, 0x82u, 0x1u}) {
      b.read(offset, 8);
      CHECK(b.register_response == tlm::TLM_BURST_ERROR_RESPONSE);
    }
    CHECK(b.read(0x80, 8) == 0x0000'5555'5678'9AC0);
  });
}

TEST_CASE("commands before one that cannot be read are consumed though they were fetched together") {
  Bench b;
  b.run([&] {
    b.write64(0x90, Bench::kCmdq | 3);
    for (u64 i = 0; i < 8; ++i) b.memory.store(Bench::kCmdq + 16 * i, 0x46);
    b.memory.aborts_at = Bench::kCmdq + 16 * 3;
    b.write32(0x20, 0x8);
    b.write32(0x98, 6);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    CHECK(b.read32(0x9C) == 0x0200'0003);  // CERROR_ABT at the fourth
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 3);
    b.memory.aborts_at = ~u64{0};
    b.write32(0x64, 1);  // acknowledged: fetched again
    Bench::until([&] { return (b.read32(0x9C) & 0xF) == 6; });
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 6);
  });
}

TEST_CASE("CMD_SYNC with SIG_NONE and SIG_SEV signals nothing else and CS 0b11 is illegal") {
  Bench b;
  Msis msis(b);
  b.run([&] {
    b.enable();
    WakeUps wake_ups(b);
    b.command(0x0000'0055'0000'0046, 0x7000);  // SIG_NONE: the MSI is IGNORED
    Bench::delay(10);
    CHECK(wake_ups.count == 0);
    b.command(0x0000'0055'0000'2046, 0x7000);  // SIG_SEV
    Bench::delay(10);
    CHECK(wake_ups.count == 1);
    CHECK(msis.seen.empty());
    b.submit(0x0000'0055'0000'3046, 0x7000);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    CHECK((b.read32(0x9C) >> 24) == 1);
    CHECK(msis.seen.empty());
  });
}

TEST_CASE("a full command queue that gets room sends a wake-up event") {
  Bench b;
  b.run([&] {
    b.enable(0x17);  // not yet CMDQEN
    WakeUps wake_ups(b);
    for (u64 i = 0; i < 8; ++i) b.memory.store(Bench::kCmdq + 16 * i, 0x46);
    b.write32(0x98, 8);  // all eight at once
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.consumed(); });
    Bench::delay(10);
    CHECK(wake_ups.count == 1);  // 4.1.2: when it becomes non-full
  });
}

TEST_CASE("SIG_SEV sends no event where IDR0.SEV is 0") {
  core::SmmuConfig config;
  config.features.sev = false;
  Bench b(config);
  b.run([&] {
    b.enable();
    WakeUps wake_ups(b);
    b.command(0x0000'0000'0000'2046);
    Bench::delay(10);
    CHECK(wake_ups.count == 0);
  });
}

TEST_CASE("MSIs are written with the attributes their command or registers configure") {
  Bench b;
  Msis msis(b);
  b.run([&] {
    b.write64(0xB0, 0x7100);
    b.write32(0xB8, 0xE);
    b.write32(0xBC, 0x3F);  // Normal write-back, Inner Shareable
    b.enable();
    b.command(0x0000'0055'0000'1046 | u64{0b11} << 22 | u64{0x1} << 24, 0x7000);  // Device: Outer Shareable
    b.command(0x0000'0066'0000'1046 | u64{0b11} << 22 | u64{0xF} << 24, 0x7000);
    b.dma(Bench::kVa, false);  // C_BAD_STE
    REQUIRE(msis.seen.size() == 3);
    CHECK(msis.seen[0].address == 0x7000);
    CHECK(msis.seen[0].data == 0x55);
    CHECK(msis.seen[0].memory_type == 0x1);
    CHECK(msis.seen[0].shareability == 0b10);
    CHECK(msis.seen[1].memory_type == 0xF);
    CHECK(msis.seen[1].shareability == 0b11);
    CHECK(msis.seen[2].source == "EVENTQ");
    CHECK(msis.seen[2].address == 0x7100);
    CHECK(msis.seen[2].memory_type == 0xF);
  });
}

TEST_CASE("an MSI address beyond the output size is truncated and one of zero sends none") {
  core::SmmuConfig config;
  config.features.oas_bits = 32;
  Bench b(config);
  Msis msis(b);
  b.run([&] {
    b.enable();
    b.command(0x0000'0055'0000'1046, 0x00F0'0000'0000'7000);  // 4.7.3, 3.4.3
    REQUIRE(msis.seen.size() == 1);
    CHECK(msis.seen[0].address == 0x7000);
    b.command(0x0000'0055'0000'1046, 0);
    CHECK(msis.seen.size() == 1);
    b.command(0x0000'0055'0000'1046,
              0x00F0'0000'0000'0000);  // not zero as a field: sent, to where it truncates
    CHECK(msis.seen.size() == 2);
  });
}

TEST_CASE("a queue of one command works and a size above the maximum counts as the maximum") {
  core::SmmuConfig config;
  config.features.cmdq_log2_max = 2;
  Bench b(config);
  b.run([&] {
    for (const u64 log2size : {0, 19}) {
      b.write64(0x90, Bench::kCmdq | log2size);
      b.write32(0x98, 0);
      b.write32(0x9C, 0);
      b.write32(0x20, 0x8);
      const u32 entries = log2size == 0 ? 1 : 4;
      for (u32 i = 0; i < 3 * entries; ++i) {
        b.memory.store(Bench::kCmdq + 16 * (i % entries), 0x46);
        b.write32(0x98, (i + 1) % (2 * entries));
        Bench::until([&] { return b.read32(0x9C) == (i + 1) % (2 * entries); });
      }
      b.write32(0x20, 0);
      Bench::until([&] { return b.read32(0x24) == 0; });
    }
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 15);
    CHECK(b.read32(0x60) == 0);
  });
}

TEST_CASE("prefetches of anything record nothing and are consumed while the SMMU is disabled too") {
  Bench b;
  b.run([&] {
    b.enable(0x1E);
    b.bind_process();
    b.command(0x0000'0003'0000'5801);
    CHECK(b.counter("smmu.config.misses") == 0);  // 4.2
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.read32(0x24) == 0x1F; });
    b.command(0x0000'0003'0000'5801);
    CHECK(b.counter("smmu.config.misses") == 1);
    b.command(0xFFFF'FFFF'0000'0001);                         // StreamID out of range
    b.command(0x0000'0004'0000'0001);                         // STE invalid
    b.command(0x0000'0003'FFFF'F801);                         // SubstreamID out of range
    b.command(0x0000'0003'0000'5802, 0xFFF0'0000'0000'0000);  // address out of range
    CHECK(b.events() == 0);
    CHECK(b.read32(0x60) == 0);
    CHECK(b.dma(Bench::kVa, false).ok);
  });
}

TEST_CASE("an error is kept until acknowledged and commands may be taken back meanwhile") {
  Bench b;
  b.run([&] {
    b.enable();
    b.submit(0x00);
    b.submit(0x46);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    b.write32(0x98, 0);  // 7.1: PROD moved back to CONS while the error is active
    b.write32(0x20, 0x17);
    Bench::until([&] { return b.read32(0x24) == 0x17; });
    CHECK(((b.read32(0x60) ^ b.read32(0x64)) & 1) == 1);  // CMDQEN does not acknowledge it (6.3.28)
    b.write32(0x20, 0x1F);
    b.write32(0x64, 1);
    b.sync();
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 1);
  });
}

}  // namespace smmu_vp::test

// Commands and their completion signals at the SMMU's sockets: fetch aborts, queue sizes, MSI attributes.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// Keeps each MSI as it was written.
struct Msis {
  std::vector<trace::Msi> seen;
  explicit Msis(Bench& b) {
    b.facts.on<trace::Msi>([this](const trace::Msi& m, u64) { seen.push_back(m); });
  }
};

// Counts wake-up events from the next instant on. Create it within Bench::run.
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

TEST_CASE("every fact of an SMMU identifies the SMMU, as does a transaction with its number") {
  Bench b({}, transport::TimingMode::kUntimed, "bench", 1);
  u64 announced = 0, transactions = 0;
  b.facts.on_every([&](const auto& fact, u64) {
    if constexpr (requires { fact.smmu; }) {
      ++announced;
      CHECK(fact.smmu == 1);
    }
  });
  b.facts.on<trace::TransactionBegin>([&](const trace::TransactionBegin&, u64) { ++transactions; });
  b.run([&] {
    b.enable();
    DmaExtension ext;
    ext.who = {Bench::kSid, Bench::kPasid};
    b.send(ext, Bench::kVa, false, 0, 8, 0);
    CHECK(ext.smmu == 1);
    CHECK(ext.transaction == transactions);
  });
  CHECK(transactions == 1);
  CHECK(announced > transactions);
}

TEST_CASE("registers take aligned accesses of 32 and 64 bits and abort all others") {
  Bench b;
  b.run([&] {
    b.write64(reg::STRTAB_BASE, strtab::RA | 0x1234'5678'9AC0);
    CHECK(b.read(reg::STRTAB_BASE, 8) == (strtab::RA | 0x1234'5678'9AC0));
    CHECK(b.read(reg::STRTAB_BASE, 4) == 0x5678'9AC0);
    CHECK(b.read(reg::STRTAB_BASE + 4, 4) == 0x4000'1234);
    b.write32(reg::STRTAB_BASE + 4, 0x5555);  // each half by itself (6.2)
    CHECK(b.read(reg::STRTAB_BASE, 8) == 0x0000'5555'5678'9AC0);
    b.write32(reg::CMDQ_PROD, 0x12345);
    CHECK(b.read(reg::CMDQ_PROD, 8) == 0x12345);  // CMDQ_PROD and CMDQ_CONS: two accesses
    CHECK(b.register_response == tlm::TLM_OK_RESPONSE);
    for (const unsigned bytes : {1u, 2u, 16u, 64u}) {
      b.read(reg::STRTAB_BASE, bytes);
      CHECK(b.register_response == tlm::TLM_BURST_ERROR_RESPONSE);
    }
    for (const u32 offset : {reg::STRTAB_BASE + 4, reg::STRTAB_BASE + 2, reg::IDR0 + 1}) {
      b.read(offset, 8);
      CHECK(b.register_response == tlm::TLM_BURST_ERROR_RESPONSE);
    }
    CHECK(b.read(reg::STRTAB_BASE, 8) == 0x0000'5555'5678'9AC0);
  });
}

TEST_CASE("commands before one that cannot be read are consumed even if fetched together with it") {
  Bench b;
  b.run([&] {
    b.write64(reg::CMDQ_BASE, Bench::kCmdq | 3);
    for (u64 i = 0; i < 8; ++i) b.memory.store(Bench::kCmdq + 16 * i, cmd::sync()[0]);
    b.memory.aborts_at = Bench::kCmdq + 16 * 3;
    b.write32(reg::CR0, cr0::CMDQEN);
    b.write32(reg::CMDQ_PROD, 6);
    b.until_command_error();
    CHECK(b.read32(reg::CMDQ_CONS) == (cerror::err(cerror::ABT) | 3));  // CERROR_ABT at the fourth
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 3);
    b.memory.aborts_at = ~u64{0};
    b.write32(reg::GERRORN, gerror::CMDQ_ERR);  // acknowledged: fetched again
    Bench::until([&] { return b.commands_read() == 6; });
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 6);
  });
}

TEST_CASE("CMD_SYNC with SIG_NONE or SIG_SEV signals in no other way, and CS 0b11 is illegal") {
  Bench b;
  Msis msis(b);
  b.run([&] {
    b.enable();
    WakeUps wake_ups(b);
    b.command(cmd::sync(0, {.address = 0x7000, .data = 0x55}));  // SIG_NONE: the MSI is IGNORED
    Bench::delay(10);
    CHECK(wake_ups.count == 0);
    b.command(cmd::sync_sev({.address = 0x7000, .data = 0x55}));
    Bench::delay(10);
    CHECK(wake_ups.count == 1);
    CHECK(msis.seen.empty());
    b.submit(cmd::sync(0b11, {.address = 0x7000, .data = 0x55}));
    b.until_command_error();
    CHECK(b.command_error() == cerror::ILL);
    CHECK(msis.seen.empty());
  });
}

TEST_CASE("a full command queue that gets space sends a wake-up event") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::CMDQEN));
    WakeUps wake_ups(b);
    for (u64 i = 0; i < 8; ++i) b.memory.store(Bench::kCmdq + 16 * i, cmd::sync()[0]);
    b.write32(reg::CMDQ_PROD, 8);  // all eight at once
    b.write32(reg::CR0, cr0::kAll);
    Bench::until([&] { return b.consumed(); });
    Bench::delay(10);
    CHECK(wake_ups.count == 1);  // 4.1.2: when it becomes non-full
  });
}

TEST_CASE("SIG_SEV sends no event if IDR0.SEV is 0") {
  core::SmmuConfig config;
  config.features.sev = false;
  Bench b(config);
  b.run([&] {
    b.enable();
    WakeUps wake_ups(b);
    b.command(cmd::sync_sev());
    Bench::delay(10);
    CHECK(wake_ups.count == 0);
  });
}

TEST_CASE("MSIs are written with the attributes their command or registers configure") {
  Bench b;
  Msis msis(b);
  b.run([&] {
    b.write64(reg::EVENTQ_IRQ_CFG0, 0x7100);
    b.write32(reg::EVENTQ_IRQ_CFG1, 0xE);
    b.write32(reg::EVENTQ_IRQ_CFG2, irq_cfg2::kWriteBack);
    b.enable();
    b.command(cmd::sync_irq(
        {.address = 0x7000, .data = 0x55, .sh = 0b11, .attr = 0x1}));  // Device: Outer Shareable
    b.command(cmd::sync_irq({.address = 0x7000, .data = 0x66, .sh = 0b11, .attr = 0xF}));
    b.dma(Bench::kVa, false);  // C_BAD_STE
    REQUIRE(msis.seen.size() == 3);
    CHECK(msis.seen[0].address == 0x7000);
    CHECK(msis.seen[0].data == 0x55);
    CHECK(msis.seen[0].type == spec::MemoryType{mair::kDeviceNgnre, 0b10});
    CHECK(msis.seen[1].type == spec::MemoryType{mair::kWriteBack, 0b11});
    CHECK(msis.seen[2].source == spec::InterruptSource::kEventq);
    CHECK(msis.seen[2].address == 0x7100);
    CHECK(msis.seen[2].type.attributes == mair::kWriteBack);
  });
}

TEST_CASE("an MSI address beyond the output size is truncated and one of zero sends none") {
  core::SmmuConfig config;
  config.features.oas_bits = 32;
  Bench b(config);
  Msis msis(b);
  b.run([&] {
    b.enable();
    b.command(cmd::sync_irq({.address = 0x00F0'0000'0000'7000, .data = 0x55}));  // 4.7.3, 3.4.3
    REQUIRE(msis.seen.size() == 1);
    CHECK(msis.seen[0].address == 0x7000);
    b.command(cmd::sync_irq({.address = 0, .data = 0x55}));
    CHECK(msis.seen.size() == 1);
    b.command(cmd::sync_irq({.address = 0x00F0'0000'0000'0000,
                             .data = 0x55}));  // the field is not zero: sent, to the truncated address
    CHECK(msis.seen.size() == 2);
  });
}

TEST_CASE("a queue of one command works and a size above the maximum counts as the maximum") {
  core::SmmuConfig config;
  config.features.cmdq_log2_max = 2;
  Bench b(config);
  b.run([&] {
    for (const u64 log2size : {0, 19}) {
      b.write64(reg::CMDQ_BASE, Bench::kCmdq | log2size);
      b.write32(reg::CMDQ_PROD, 0);
      b.write32(reg::CMDQ_CONS, 0);
      b.write32(reg::CR0, cr0::CMDQEN);
      const u32 entries = log2size == 0 ? 1 : 4;
      for (u32 i = 0; i < 3 * entries; ++i) {
        b.memory.store(Bench::kCmdq + 16 * (i % entries), cmd::sync()[0]);
        b.write32(reg::CMDQ_PROD, (i + 1) % (2 * entries));
        Bench::until([&] { return b.read32(reg::CMDQ_CONS) == (i + 1) % (2 * entries); });
      }
      b.set_cr0(0);
    }
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 15);
    CHECK(b.read32(reg::GERROR) == 0);
  });
}

TEST_CASE("prefetches never record an event and are also consumed while the SMMU is disabled") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::SMMUEN));
    b.bind_process();
    b.command(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    CHECK(b.counter("smmu.config.misses") == 0);  // 4.2
    b.set_cr0(cr0::kAll);
    b.command(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    CHECK(b.counter("smmu.config.misses") == 1);
    b.command(cmd::prefetch_config(0xffffffff));            // StreamID out of range
    b.command(cmd::prefetch_config(4));                     // STE invalid
    b.command(cmd::prefetch_config(Bench::kSid, 0xfffff));  // SubstreamID out of range
    b.command(cmd::prefetch_addr(Bench::kSid, Bench::kPasid, 0xfff0000000000000));  // address out of range
    CHECK(b.events() == 0);
    CHECK(b.read32(reg::GERROR) == 0);
    CHECK(b.dma(Bench::kVa, false).ok);
  });
}

TEST_CASE("an error is kept until acknowledged, and commands may be withdrawn meanwhile") {
  Bench b;
  b.run([&] {
    b.enable();
    b.submit(cmd::Command{});
    b.submit(cmd::sync());
    b.until_command_error();
    b.write32(reg::CMDQ_PROD, 0);  // 7.1: PROD moved back to CONS while the error is active
    b.set_cr0(cr0::all_but(cr0::CMDQEN));
    CHECK(((b.read32(reg::GERROR) ^ b.read32(reg::GERRORN)) & 1) ==
          1);  // CMDQEN does not acknowledge it (6.3.28)
    b.write32(reg::CR0, cr0::kAll);
    b.write32(reg::GERRORN, gerror::CMDQ_ERR);
    b.sync();
    CHECK(b.counter("smmu.commands.CMD_SYNC") == 1);
  });
}

}  // namespace smmu_vp::test

// The counter group within an SMMU: its counts, its interrupt, its acknowledgement.
#include "tests/unit/smmu_pmcg.h"

namespace smmu_vp::test {

TEST_CASE("PMCG counts are 4 descriptors a walk, and an STE and a CD a configuration miss") {
  Bench b(with_counters());
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(1, Bench::kPage + 0x1000);
    count_everything(b);
    b.dma(Bench::kVa, false);
    b.dma(Bench::kVa, true);
    b.dma(Bench::kVa + 0x1000, false);
    CHECK(count(b, 1) == 3);
    CHECK(count(b, 2) == 2);
    CHECK(count(b, 3) == 1);
    CHECK(count(b, 4) == 8);
    CHECK(count(b, 5) == 2);
    b.translation_request(Bench::kVa);
    b.translated(Bench::kPage, false);
    CHECK(count(b, 1) == 5);
    CHECK(count(b, 2) == 2);
    CHECK(count(b, 6) == 1);
    CHECK(count(b, 7) == 1);
  });
}

TEST_CASE("a PMCG counts terminated transactions and prefetched structures but not a prefetch's miss") {
  Bench b(with_counters());
  b.run([&] {
    b.enable();
    b.bind_process();
    count_everything(b);
    b.command(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    CHECK(count(b, 3) == 0);
    CHECK(count(b, 5) == 2);
    CHECK_FALSE(b.dma(Bench::kVa + 0x5000, false).ok);
    CHECK(count(b, 1) == 1);
    CHECK(count(b, 2) == 1);
    CHECK(count(b, 4) == 4);
    CHECK(count(b, 3) == 0);
    b.command(cmd::prefetch_addr(Bench::kSid, Bench::kPasid, Bench::kVa));
    Bench::until([&] { return b.smmu.idle(); });
    CHECK(count(b, 1) == 1);
    CHECK(count(b, 2) == 1);
    CHECK(count(b, 4) == 8);
  });
}

TEST_CASE("a PMCG overflow interrupts by wire and MSI once OVS and the counter show it") {
  Bench b(with_counters());
  sc_core::sc_signal<bool> wire("wire");
  b.smmu.irq_pmcg().bind(wire);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write64(kPage0 + pmcg_reg::IRQ_CFG0, 0x8000);
    b.write32(kPage0 + pmcg_reg::IRQ_CFG1, 0x1234);
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 1);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CTRLACK) == 1);
    count_everything(b);
    b.write64(kPage0 + pmcg_reg::INTENSET0, 0x2);
    b.write64(kPage1 + 8, ~u64{0} - 1);
    b.dma(Bench::kVa, false);
    Bench::delay(10);
    CHECK(b.memory.load32(0x8000) == 0);
    bool pulsed = false;
    u32 seen = ~0u;
    Bench::spawn([&] {
      sc_core::wait(wire.posedge_event());
      pulsed = true;
      seen = b.read32(kPage1 + pmcg_reg::OVSCLR0);
    });
    Bench::delay(1);
    b.dma(Bench::kVa, false);
    Bench::until([&] { return pulsed; });
    CHECK(seen == 2);
    CHECK(count(b, 1) == 0);
    CHECK(b.memory.load32(0x8000) == 0x1234);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_STATUS) == 0);
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 0);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CTRLACK) == 0);
  });
}

TEST_CASE("an aborted PMCG MSI shows in IRQ_STATUS until IRQEN is set again") {
  Bench b(with_counters());
  b.run([&] {
    b.write64(kPage0 + pmcg_reg::IRQ_CFG0, 0xFFFF'0000);
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 1);
    b.write32(kPage0 + pmcg_reg::EVTYPER0, 0);  // the clock
    b.write64(kPage0 + pmcg_reg::CNTENSET0, 1);
    b.write64(kPage0 + pmcg_reg::INTENSET0, 1);
    b.write64(kPage1, ~u64{0} - 99);
    b.write32(kPage0 + pmcg_reg::CR, 1);
    Bench::delay(99);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_STATUS) == 0);
    Bench::delay(2);  // the 100th cycle overflows although no register is read
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_STATUS) == 1);
    CHECK(b.read32(reg::GERROR) == 0);  // not a global error
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 0);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_STATUS) == 1);
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 1);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_STATUS) == 0);
  });
}

TEST_CASE("PMCG IRQEN stays acknowledged and its MSI configuration locked while an MSI is on its way") {
  Bench b(with_counters());
  Gate gate(b, 0x8000);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write64(kPage0 + pmcg_reg::IRQ_CFG0, 0x8000);
    b.write32(kPage0 + pmcg_reg::IRQ_CFG1, 0x1234);
    b.write32(kPage0 + pmcg_reg::IRQ_CFG2, irq_cfg2::kWriteBack);
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 1);
    count_everything(b);
    b.write64(kPage0 + pmcg_reg::INTENSET0, 0x2);
    b.write64(kPage1 + 8, ~u64{0});
    b.dma(Bench::kVa, false);
    Bench::until([&] { return gate.reached; });
    const auto reconfigure = [&] {
      b.write64(kPage0 + pmcg_reg::IRQ_CFG0, 0x9000);
      b.write32(kPage0 + pmcg_reg::IRQ_CFG1, 0x5678);
      b.write32(kPage0 + pmcg_reg::IRQ_CFG2, 0);
    };
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 0);
    Bench::delay(100);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CTRL) == 0);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CTRLACK) == 1);  // 10.5.2.19: once prior MSIs are visible
    reconfigure();
    CHECK(b.read(kPage0 + pmcg_reg::IRQ_CFG0, 8) == 0x8000);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CFG1) == 0x1234);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CFG2) == irq_cfg2::kWriteBack);
    gate.let_go();
    Bench::until([&] { return b.read32(kPage0 + pmcg_reg::IRQ_CTRLACK) == 0; });
    CHECK(b.memory.load32(0x8000) == 0x1234);
    reconfigure();
    CHECK(b.read(kPage0 + pmcg_reg::IRQ_CFG0, 8) == 0x9000);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CFG1) == 0x5678);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CFG2) == 0);
  });
}

TEST_CASE("no edge of the PMCG interrupt follows the acknowledgement that it is disabled") {
  Bench b(with_counters());
  sc_core::sc_signal<bool> wire("wire");
  b.smmu.irq_pmcg().bind(wire);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 1);
    count_everything(b);
    b.write64(kPage0 + pmcg_reg::INTENSET0, 0x2);
    b.write64(kPage1 + 8, ~u64{0});
    b.dma(Bench::kVa, false);
    Bench::delay(0.5);
    CHECK(wire.read());
    // The second overflow occurs while the wire is high for the first.
    b.write64(kPage1 + 8, ~u64{0});
    b.dma(Bench::kVa, false);
    Bench::delay(0.1);
    b.write32(kPage0 + pmcg_reg::IRQ_CTRL, 0);
    CHECK(b.read32(kPage0 + pmcg_reg::IRQ_CTRLACK) == 0);
    bool edge = false;
    Bench::spawn([&] {
      sc_core::wait(wire.posedge_event());
      edge = true;
    });
    Bench::delay(100);
    CHECK_FALSE(edge);  // 10.5.2.19
  });
}

TEST_CASE("without smmu.features.pmcg the counter group's pages read as zero") {
  Bench b;
  b.run([&] {
    CHECK(b.read32(kPage0 + pmcg_reg::CFGR) == 0);
    b.write64(kPage1, 5);
    CHECK(b.read32(kPage1) == 0);
  });
}

}  // namespace smmu_vp::test

// The counter group inside an SMMU: its counts, its interrupt, its acknowledgement.
#include "tests/unit/smmu_pmcg.h"

namespace smmu_vp::test {

TEST_CASE(
    "PMCG counts follow from the tables: 4 descriptors a walk and an STE and a CD a configuration miss") {
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
    b.command(0x0000'0003'0000'5801, 0);  // CMD_PREFETCH_CONFIG(3, 5)
    CHECK(count(b, 3) == 0);
    CHECK(count(b, 5) == 2);
    CHECK_FALSE(b.dma(Bench::kVa + 0x5000, false).ok);
    CHECK(count(b, 1) == 1);
    CHECK(count(b, 2) == 1);
    CHECK(count(b, 4) == 4);
    CHECK(count(b, 3) == 0);
    b.command(0x0000'0003'0000'5802, Bench::kVa);  // CMD_PREFETCH_ADDR(3, 5)
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
    b.write64(kPage0 + 0xE58, 0x8000);
    b.write32(kPage0 + 0xE60, 0x1234);
    b.write32(kPage0 + 0xE50, 1);
    CHECK(b.read32(kPage0 + 0xE54) == 1);
    count_everything(b);
    b.write64(kPage0 + 0xC40, 0x2);
    b.write64(kPage1 + 8, ~u64{0} - 1);
    b.dma(Bench::kVa, false);
    Bench::delay(10);
    CHECK(b.memory.load32(0x8000) == 0);
    bool pulsed = false;
    u32 seen = ~0u;
    Bench::spawn([&] {
      sc_core::wait(wire.posedge_event());
      pulsed = true;
      seen = b.read32(kPage1 + 0xC80);
    });
    Bench::delay(1);
    b.dma(Bench::kVa, false);
    Bench::until([&] { return pulsed; });
    CHECK(seen == 2);
    CHECK(count(b, 1) == 0);
    CHECK(b.memory.load32(0x8000) == 0x1234);
    CHECK(b.read32(kPage0 + 0xE68) == 0);
    b.write32(kPage0 + 0xE50, 0);
    CHECK(b.read32(kPage0 + 0xE54) == 0);
  });
}

TEST_CASE("an aborted PMCG MSI shows in IRQ_STATUS until IRQEN is set again") {
  Bench b(with_counters());
  b.run([&] {
    b.write64(kPage0 + 0xE58, 0xFFFF'0000);
    b.write32(kPage0 + 0xE50, 1);
    b.write32(kPage0 + 0x400, 0);  // the clock
    b.write64(kPage0 + 0xC00, 1);
    b.write64(kPage0 + 0xC40, 1);
    b.write64(kPage1, ~u64{0} - 99);
    b.write32(kPage0 + 0xE04, 1);
    Bench::delay(99);
    CHECK(b.read32(kPage0 + 0xE68) == 0);
    Bench::delay(2);  // the 100th cycle overflows with nobody looking
    CHECK(b.read32(kPage0 + 0xE68) == 1);
    CHECK(b.read32(0x60) == 0);  // not a global error
    b.write32(kPage0 + 0xE50, 0);
    CHECK(b.read32(kPage0 + 0xE68) == 1);
    b.write32(kPage0 + 0xE50, 1);
    CHECK(b.read32(kPage0 + 0xE68) == 0);
  });
}

TEST_CASE("PMCG IRQEN stays acknowledged and its MSI configuration locked while an MSI is on its way") {
  Bench b(with_counters());
  Gate gate(b, 0x8000);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write64(kPage0 + 0xE58, 0x8000);
    b.write32(kPage0 + 0xE60, 0x1234);
    b.write32(kPage0 + 0xE64, 0x3F);
    b.write32(kPage0 + 0xE50, 1);
    count_everything(b);
    b.write64(kPage0 + 0xC40, 0x2);
    b.write64(kPage1 + 8, ~u64{0});
    b.dma(Bench::kVa, false);
    Bench::until([&] { return gate.reached; });
    const auto reconfigure = [&] {
      b.write64(kPage0 + 0xE58, 0x9000);
      b.write32(kPage0 + 0xE60, 0x5678);
      b.write32(kPage0 + 0xE64, 0);
    };
    b.write32(kPage0 + 0xE50, 0);
    Bench::delay(100);
    CHECK(b.read32(kPage0 + 0xE50) == 0);
    CHECK(b.read32(kPage0 + 0xE54) == 1);  // 10.5.2.19: once prior MSIs are visible
    reconfigure();
    CHECK(b.read(kPage0 + 0xE58, 8) == 0x8000);
    CHECK(b.read32(kPage0 + 0xE60) == 0x1234);
    CHECK(b.read32(kPage0 + 0xE64) == 0x3F);
    gate.let_go();
    Bench::until([&] { return b.read32(kPage0 + 0xE54) == 0; });
    CHECK(b.memory.load32(0x8000) == 0x1234);
    reconfigure();
    CHECK(b.read(kPage0 + 0xE58, 8) == 0x9000);
    CHECK(b.read32(kPage0 + 0xE60) == 0x5678);
    CHECK(b.read32(kPage0 + 0xE64) == 0);
  });
}

TEST_CASE("no edge of the PMCG interrupt follows the acknowledgement that it is disabled") {
  Bench b(with_counters());
  sc_core::sc_signal<bool> wire("wire");
  b.smmu.irq_pmcg().bind(wire);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write32(kPage0 + 0xE50, 1);
    count_everything(b);
    b.write64(kPage0 + 0xC40, 0x2);
    b.write64(kPage1 + 8, ~u64{0});
    b.dma(Bench::kVa, false);
    Bench::delay(0.5);
    CHECK(wire.read());
    // The second overflow comes while the wire is high for the first.
    b.write64(kPage1 + 8, ~u64{0});
    b.dma(Bench::kVa, false);
    Bench::delay(0.1);
    b.write32(kPage0 + 0xE50, 0);
    CHECK(b.read32(kPage0 + 0xE54) == 0);
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
    CHECK(b.read32(kPage0 + 0xE00) == 0);
    b.write64(kPage1, 5);
    CHECK(b.read32(kPage1) == 0);
  });
}

}  // namespace smmu_vp::test

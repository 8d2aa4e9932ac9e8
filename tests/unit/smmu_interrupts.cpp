// When each source interrupts and when it must not, by wire and by MSI (3.18, 6.3.16, 6.3.36, 7.5.1).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kMsi = 0x7000;

// Counts MSIs to kMsi, aborted ones too, and rising edges of a wire.
struct Ears {
  explicit Ears(Bench& bench, smmu::Smmu::InterruptOut& out) : b(bench), wire(out) {
    b.memory.before_access = [this](u64 address, bool write) {
      if (address != kMsi || !write) return;
      ++msis;
      if (at_msi) at_msi();
    };
  }
  // Both, after a while in which more would have come.
  void heard(int times) {
    Bench::delay(50);
    CHECK(msis == times);
    CHECK(wire.count == times);
  }
  Bench& b;
  Pulses wire;
  std::function<void()> at_msi;
  int msis = 0;
};

// The MSI of the source with this CFG0, then everything enabled.
void enable_with_msi(Bench& b, u32 cfg0, u32 cfg2 = 0) {
  b.write64(cfg0, kMsi);
  b.write32(cfg0 + 8, 0x55);
  b.write32(cfg0 + 12, cfg2);
  b.enable();
}

}  // namespace

TEST_CASE(
    "an illegal command interrupts once by wire and MSI after its error shows in GERROR and CMDQ_CONS") {
  Bench b;
  Ears ears(b, b.smmu.irq_gerror());
  b.run([&] {
    enable_with_msi(b, 0x68);
    u32 gerror = 0, cons = 0;
    ears.at_msi = [&] {
      gerror = b.read32(0x60);
      cons = b.read32(0x9C);
    };
    b.submit(0xFF);
    ears.heard(1);
    CHECK(b.memory.load32(kMsi) == 0x55);
    CHECK(gerror == 0x1);        // CMDQ_ERR, observable if the interrupt is (3.18)
    CHECK(cons == 0x0100'0000);  // CERROR_ILL, still at the command (7.1)
    b.dma(Bench::kVa, false);    // an event is no global error
    ears.heard(1);
  });
}

TEST_CASE("with GERROR_IRQEN clear a global error shows in GERROR and interrupts nobody") {
  Bench b;
  Ears ears(b, b.smmu.irq_gerror());
  b.run([&] {
    enable_with_msi(b, 0x68);
    b.write32(0x50, 0x6);
    Bench::until([&] { return b.read32(0x54) == 0x6; });
    b.submit(0xFF);
    Bench::until([&] { return b.read32(0x60) == 0x1; });
    ears.heard(0);
  });
}

TEST_CASE("an aborted GERROR MSI sets its own error bit and raises no further interrupt") {
  Bench b;
  Ears ears(b, b.smmu.irq_gerror());
  b.memory.aborts_at = kMsi;
  b.run([&] {
    enable_with_msi(b, 0x68);
    b.submit(0xFF);
    Bench::until([&] { return b.read32(0x60) == 0x81; });  // MSI_GERROR_ABT_ERR, CMDQ_ERR
    ears.heard(1);                                         // 7.5.1: that error is the exception
    CHECK(b.read32(0x60) == 0x81);
  });
}

TEST_CASE("with LO set the PRI queue interrupts for each Last request also one that overflow discards") {
  Bench b;
  Ears ears(b, b.smmu.irq_pri());
  b.run([&] {
    enable_with_msi(b, 0xD0, 0x8000'0000);
    b.write_ste();
    u32 prod = 99;
    ears.at_msi = [&] { prod = b.read32(0x100C8); };
    b.page_request(0, false);  // from empty to non-empty, but not Last
    ears.heard(0);
    b.page_request(0);
    ears.heard(1);
    CHECK(prod == 2);   // the entry is observable first (3.18)
    b.page_request(1);  // and again, with software yet to read the first
    ears.heard(2);
    b.page_request(2, true, false);  // a Stop Marker is a message with L set too
    ears.heard(3);
    b.page_request(3, false);  // full: discarded
    ears.heard(3);
    b.page_request(3);
    ears.heard(4);  // 6.3.36: discarded by overflow, and said so
    CHECK(prod == 0x8000'0004);
    b.write32(0x20, 0x1D);
    Bench::until([&] { return b.read32(0x24) == 0x1D; });
    b.write32(0x100CC, 0x8000'0004);
    b.page_request(4);  // discarded for another reason
    ears.heard(4);
    CHECK(b.received.size() == 2);  // answered by the SMMU: 3 and 4
  });
}

TEST_CASE("with LO set no interrupt comes for a Last request whose write to the PRI queue aborts") {
  Bench b;
  Ears ears(b, b.smmu.irq_pri());
  b.memory.aborts_at = Bench::kPriq;
  b.run([&] {
    enable_with_msi(b, 0xD0, 0x8000'0000);
    b.page_request(0);
    b.page_request(1);  // PRIQ_ABT_ERR is active
    CHECK(b.read32(0x60) == 0x8);
    ears.heard(0);  // 6.3.36
  });
}

TEST_CASE("with LO clear the PRI queue interrupts only when it goes from empty to non-empty") {
  Bench b;
  Ears ears(b, b.smmu.irq_pri());
  b.run([&] {
    enable_with_msi(b, 0xD0);
    b.page_request(0, false);
    ears.heard(1);
    b.page_request(0);
    for (u16 i = 1; i < 4; ++i) b.page_request(i);  // the last one overflows
    ears.heard(1);
    CHECK(b.read32(0x100C8) == 0x8000'0004);
    b.write32(0x100CC, 0x8000'0004);
    b.page_request(5, false);
    ears.heard(2);
  });
}

TEST_CASE("enabling the interrupts brings none for what happened before") {
  Bench b;
  Ears ears(b, b.smmu.irq_event());
  b.run([&] {
    for (const u32 cfg0 : {0x68u, 0xB0u, 0xD0u}) {
      b.write64(cfg0, kMsi);
      b.write32(cfg0 + 8, cfg0);
    }
    b.enable();
    b.write32(0x50, 0);
    Bench::until([&] { return b.read32(0x54) == 0; });
    b.dma(Bench::kVa, false);
    b.page_request(1);
    b.submit(0xFF);
    Bench::until([&] { return b.read32(0x60) == 0x1; });
    CHECK(b.read32(0x100A8) == 1);
    CHECK(b.read32(0x100C8) == 1);
    b.write32(0x50, 0x7);
    Bench::until([&] { return b.read32(0x54) == 0x7; });
    b.dma(Bench::kVa, false);  // neither queue was empty before
    b.page_request(2);
    ears.heard(0);  // 6.3.16; the MSIs of all three would have come to one place
    b.write32(0x100AC, 2);
    b.dma(Bench::kVa, false);
    ears.heard(1);
    CHECK(b.memory.load32(kMsi) == 0xB0);
  });
}

}  // namespace smmu_vp::test

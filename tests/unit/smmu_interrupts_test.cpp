// When each source interrupts and when it must not, by wire and by MSI (3.18, 6.3.16, 6.3.36, 7.5.1).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kMsi = 0x7000;

// Counts MSIs to kMsi, including aborted ones, and rising edges of a wire.
struct Ears {
  explicit Ears(Bench& bench, smmu::Smmu::InterruptOut& out) : b(bench), wire(out) {
    b.memory.before_access = [this](u64 address, bool write) {
      if (address != kMsi || !write) return;
      ++msis;
      if (at_msi) at_msi();
    };
  }
  // Checks both counts, after a time in which further interrupts would have arrived.
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

// Configures the MSI of the source with this CFG0, then enables everything.
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
    enable_with_msi(b, reg::GERROR_IRQ_CFG0);
    u32 gerror = 0, cons = 0;
    ears.at_msi = [&] {
      gerror = b.read32(reg::GERROR);
      cons = b.read32(reg::CMDQ_CONS);
    };
    b.submit(cmd::reserved());
    ears.heard(1);
    CHECK(b.memory.load32(kMsi) == 0x55);
    CHECK(gerror == gerror::CMDQ_ERR);        // CMDQ_ERR, observable if the interrupt is (3.18)
    CHECK(cons == cerror::err(cerror::ILL));  // still at the command (7.1)
    b.dma(Bench::kVa, false);                 // an event is not a global error
    ears.heard(1);
  });
}

TEST_CASE("with GERROR_IRQEN clear a global error shows in GERROR without an interrupt") {
  Bench b;
  Ears ears(b, b.smmu.irq_gerror());
  b.run([&] {
    enable_with_msi(b, reg::GERROR_IRQ_CFG0);
    b.write32(reg::IRQ_CTRL, irq_ctrl::PRIQ_IRQEN | irq_ctrl::EVENTQ_IRQEN);
    Bench::until(
        [&] { return b.read32(reg::IRQ_CTRLACK) == (irq_ctrl::PRIQ_IRQEN | irq_ctrl::EVENTQ_IRQEN); });
    b.submit(cmd::reserved());
    Bench::until([&] { return b.read32(reg::GERROR) == gerror::CMDQ_ERR; });
    ears.heard(0);
  });
}

TEST_CASE("an aborted GERROR MSI sets its own error bit and raises no further interrupt") {
  Bench b;
  Ears ears(b, b.smmu.irq_gerror());
  b.memory.aborts_at = kMsi;
  b.run([&] {
    enable_with_msi(b, reg::GERROR_IRQ_CFG0);
    b.submit(cmd::reserved());
    Bench::until([&] {
      return b.read32(reg::GERROR) == (gerror::CMDQ_ERR | gerror::MSI_GERROR_ABT_ERR);
    });             // MSI_GERROR_ABT_ERR, CMDQ_ERR
    ears.heard(1);  // 7.5.1: that error is the exception
    CHECK(b.read32(reg::GERROR) == (gerror::CMDQ_ERR | gerror::MSI_GERROR_ABT_ERR));
  });
}

TEST_CASE("with LO set the PRI queue interrupts for each Last request, even one discarded on overflow") {
  Bench b;
  Ears ears(b, b.smmu.irq_pri());
  b.run([&] {
    enable_with_msi(b, reg::PRIQ_IRQ_CFG0, 0x8000'0000);
    b.write_ste();
    u32 prod = 99;
    ears.at_msi = [&] { prod = b.read32(reg::PRIQ_PROD); };
    b.page_request(0, false);  // from empty to non-empty, but not Last
    ears.heard(0);
    b.page_request(0);
    ears.heard(1);
    CHECK(prod == 2);   // the entry is observable first (3.18)
    b.page_request(1);  // another one, while software has not read the first
    ears.heard(2);
    b.page_request(2, true, false);  // a Stop Marker also has Last set
    ears.heard(3);
    b.page_request(3, false);  // full: discarded
    ears.heard(3);
    b.page_request(3);
    ears.heard(4);  // 6.3.36: includes the one discarded on overflow
    CHECK(prod == (queue::OVFLG | 4));
    b.set_cr0(cr0::all_but(cr0::PRIQEN));
    b.write32(reg::PRIQ_CONS, queue::OVFLG | 4);
    b.page_request(4);  // discarded for another reason
    ears.heard(4);
    CHECK(b.received.size() == 2);  // answered by the SMMU: 3 and 4
  });
}

TEST_CASE("with LO set a Last request whose write to the PRI queue aborts raises no interrupt") {
  Bench b;
  Ears ears(b, b.smmu.irq_pri());
  b.memory.aborts_at = Bench::kPriq;
  b.run([&] {
    enable_with_msi(b, reg::PRIQ_IRQ_CFG0, 0x8000'0000);
    b.page_request(0);
    b.page_request(1);  // PRIQ_ABT_ERR is active
    CHECK(b.read32(reg::GERROR) == gerror::PRIQ_ABT_ERR);
    ears.heard(0);  // 6.3.36
  });
}

TEST_CASE("with LO clear the PRI queue interrupts only when it becomes non-empty") {
  Bench b;
  Ears ears(b, b.smmu.irq_pri());
  b.run([&] {
    enable_with_msi(b, reg::PRIQ_IRQ_CFG0);
    b.page_request(0, false);
    ears.heard(1);
    b.page_request(0);
    for (u16 i = 1; i < 4; ++i) b.page_request(i);  // the last one overflows
    ears.heard(1);
    CHECK(b.read32(reg::PRIQ_PROD) == (queue::OVFLG | 4));
    b.write32(reg::PRIQ_CONS, queue::OVFLG | 4);
    b.page_request(5, false);
    ears.heard(2);
  });
}

TEST_CASE("enabling the interrupts raises none for earlier events") {
  Bench b;
  Ears ears(b, b.smmu.irq_event());
  b.run([&] {
    for (const u32 cfg0 : {reg::GERROR_IRQ_CFG0, reg::EVENTQ_IRQ_CFG0, reg::PRIQ_IRQ_CFG0}) {
      b.write64(cfg0, kMsi);
      b.write32(cfg0 + 8, cfg0);
    }
    b.enable();
    b.write32(reg::IRQ_CTRL, 0);
    Bench::until([&] { return b.read32(reg::IRQ_CTRLACK) == 0; });
    b.dma(Bench::kVa, false);
    b.page_request(1);
    b.submit(cmd::reserved());
    Bench::until([&] { return b.read32(reg::GERROR) == gerror::CMDQ_ERR; });
    CHECK(b.read32(reg::EVENTQ_PROD) == 1);
    CHECK(b.read32(reg::PRIQ_PROD) == 1);
    b.write32(reg::IRQ_CTRL, irq_ctrl::kAll);
    Bench::until([&] { return b.read32(reg::IRQ_CTRLACK) == irq_ctrl::kAll; });
    b.dma(Bench::kVa, false);  // neither queue was empty before
    b.page_request(2);
    ears.heard(0);  // 6.3.16; all three MSIs have the same address
    b.write32(reg::EVENTQ_CONS, 2);
    b.dma(Bench::kVa, false);
    ears.heard(1);
    CHECK(b.memory.load32(kMsi) == reg::EVENTQ_IRQ_CFG0);
  });
}

}  // namespace smmu_vp::test

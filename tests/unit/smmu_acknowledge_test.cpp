// CR0ACK and IRQ_CTRLACK: what must be done and visible before a cleared enable is acknowledged.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kMsi = 0x7000;

// Clears an interrupt source's enable while its MSI, which `occurs` causes, is being written.
struct Disabling {
  Bench& b;
  Gate& gate;
  u32 enable;      // in IRQ_CTRL
  u32 cfg0, cfg1;  // CFG2 lies behind CFG1

  void run(const std::function<void()>& occurs) {
    b.write64(cfg0, kMsi);
    b.write32(cfg1, 0x55);
    b.write32(cfg1 + 4, irq_cfg2::kWriteBack);
    b.enable();
    Bench::until([&] { return b.read32(reg::IRQ_CTRLACK) == irq_ctrl::kAll; });
    Bench::spawn(occurs);
    Bench::until([&] { return gate.reached; });
    b.write32(reg::IRQ_CTRL, irq_ctrl::kAll & ~enable);
    Bench::delay(100);
    CHECK(b.read32(reg::IRQ_CTRLACK) == irq_ctrl::kAll);  // 6.3.16: once prior MSIs have completed
    reconfigure();
    CHECK(b.read(cfg0, 8) == kMsi);  // guarded by the acknowledgement too
    CHECK(b.read32(cfg1) == 0x55);
    CHECK(b.read32(cfg1 + 4) == irq_cfg2::kWriteBack);
    gate.let_go();
    Bench::until([&] { return b.read32(reg::IRQ_CTRLACK) == (irq_ctrl::kAll & ~enable); });
  }
  void reconfigure() {
    b.write64(cfg0, 0x9000);
    b.write32(cfg1, 0x66);
    b.write32(cfg1 + 4, 0);
  }
  // Afterwards the configuration is writable again.
  void unlocked() {
    reconfigure();
    CHECK(b.read(cfg0, 8) == 0x9000);
    CHECK(b.read32(cfg1) == 0x66);
    CHECK(b.read32(cfg1 + 4) == 0);
  }
};

}  // namespace

TEST_CASE("EVENTQ_IRQEN stays acknowledged and its MSI configuration locked while an MSI is on its way") {
  Bench b;
  Gate gate(b, kMsi);
  b.run([&] {
    Disabling off{b, gate, irq_ctrl::EVENTQ_IRQEN, reg::EVENTQ_IRQ_CFG0, reg::EVENTQ_IRQ_CFG1};
    off.run([&] { b.dma(Bench::kVa, false); });  // C_BAD_STE
    CHECK(b.memory.load32(kMsi) == 0x55);
    CHECK(b.read32(reg::GERROR) == 0);
    off.unlocked();
  });
}

TEST_CASE("PRIQ_IRQEN stays acknowledged and its MSI configuration locked while an MSI is on its way") {
  Bench b;
  Gate gate(b, kMsi);
  b.run([&] {
    Disabling off{b, gate, irq_ctrl::PRIQ_IRQEN, reg::PRIQ_IRQ_CFG0, reg::PRIQ_IRQ_CFG1};
    off.run([&] { b.page_request(1); });
    CHECK(b.memory.load32(kMsi) == 0x55);
    off.unlocked();
  });
}

TEST_CASE("GERROR_IRQEN stays acknowledged and its MSI configuration locked while an MSI is on its way") {
  Bench b;
  Gate gate(b, kMsi);
  b.run([&] {
    Disabling off{b, gate, irq_ctrl::GERROR_IRQEN, reg::GERROR_IRQ_CFG0, reg::GERROR_IRQ_CFG1};
    off.run([&] { b.submit(cmd::reserved()); });
    CHECK(b.memory.load32(kMsi) == 0x55);
    off.unlocked();
  });
}

TEST_CASE("the abort of an event MSI on its way is in GERROR when EVENTQ_IRQEN is acknowledged") {
  Bench b;
  Gate gate(b, kMsi);
  b.memory.aborts_at = kMsi;
  b.run([&] {
    Disabling{b, gate, irq_ctrl::EVENTQ_IRQEN, reg::EVENTQ_IRQ_CFG0, reg::EVENTQ_IRQ_CFG1}.run(
        [&] { b.dma(Bench::kVa, false); });
    CHECK(b.read32(reg::GERROR) == gerror::MSI_EVENTQ_ABT_ERR);  // 3.18.1
  });
}

TEST_CASE("the abort of a PRI MSI on its way is in GERROR when PRIQ_IRQEN is acknowledged") {
  Bench b;
  Gate gate(b, kMsi);
  b.memory.aborts_at = kMsi;
  b.run([&] {
    Disabling{b, gate, irq_ctrl::PRIQ_IRQEN, reg::PRIQ_IRQ_CFG0, reg::PRIQ_IRQ_CFG1}.run(
        [&] { b.page_request(1); });
    CHECK(b.read32(reg::GERROR) == gerror::MSI_PRIQ_ABT_ERR);  // 3.18.1
  });
}

TEST_CASE("no edge of an interrupt follows the acknowledgement that its source is disabled") {
  Bench b;
  Pulses edges(b.smmu.irq_event());
  b.run([&] {
    b.enable();
    // The second event occurs while the wire is high for the first.
    b.dma(Bench::kVa, false);
    Bench::delay(0.5);
    CHECK(edges.count == 1);
    b.write32(reg::EVENTQ_CONS, 1);
    b.dma(Bench::kVa, false);
    b.write32(reg::IRQ_CTRL, irq_ctrl::GERROR_IRQEN | irq_ctrl::PRIQ_IRQEN);
    Bench::until(
        [&] { return b.read32(reg::IRQ_CTRLACK) == (irq_ctrl::GERROR_IRQEN | irq_ctrl::PRIQ_IRQEN); });
    const int before = edges.count;
    Bench::delay(100);
    CHECK(edges.count == before);  // 6.3.16
    CHECK_FALSE(edges.line.read());
  });
}

TEST_CASE("EVENTQEN is acknowledged once the record being written is in the queue and PROD has moved") {
  Bench b;
  Gate gate(b, Bench::kEventq);
  b.run([&] {
    b.enable();
    Bench::spawn([&] { b.dma(Bench::kVa, false); });  // C_BAD_STE
    Bench::until([&] { return gate.reached; });
    b.write32(reg::CR0, cr0::all_but(cr0::EVENTQEN));
    b.dma(Bench::kVa, false);  // not committed: discarded without an overflow (7.2.1, 7.4)
    Bench::delay(100);
    CHECK(b.read32(reg::CR0ACK) == cr0::kAll);
    CHECK(b.read32(reg::EVENTQ_PROD) == 0);
    b.write64(reg::EVENTQ_BASE, 0);  // guarded until acknowledged
    CHECK(b.read(reg::EVENTQ_BASE, 8) == (Bench::kEventq | 3));
    gate.let_go();
    Bench::until([&] { return b.read32(reg::CR0ACK) == cr0::all_but(cr0::EVENTQEN); });
    CHECK(b.read32(reg::EVENTQ_PROD) == 1);  // 6.3.9.4
    CHECK(b.event(0).head() == event::head(event::C_BAD_STE, Bench::kSid, Bench::kPasid));
    Bench::delay(100);
    CHECK(b.read32(reg::EVENTQ_PROD) == 1);
  });
}

TEST_CASE("an abort of the record being written is in GERROR when EVENTQEN is acknowledged") {
  Bench b;
  Gate gate(b, Bench::kEventq);
  b.memory.aborts_at = Bench::kEventq;
  b.run([&] {
    b.enable();
    Bench::spawn([&] { b.dma(Bench::kVa, false); });
    Bench::until([&] { return gate.reached; });
    b.write32(reg::CR0, cr0::all_but(cr0::EVENTQEN));
    Bench::delay(100);
    CHECK(b.read32(reg::CR0ACK) == cr0::kAll);
    CHECK(b.read32(reg::GERROR) == 0);
    gate.let_go();
    Bench::until([&] { return b.read32(reg::CR0ACK) == cr0::all_but(cr0::EVENTQEN); });
    CHECK(b.read32(reg::GERROR) == gerror::EVENTQ_ABT_ERR);  // 6.3.9.4
    CHECK(b.read32(reg::EVENTQ_PROD) == 0);                  // synchronous: PROD stays (7.2.2)
  });
}

TEST_CASE("PRIQEN is acknowledged once the request being written is in the queue and PROD has moved") {
  Bench b;
  Gate gate(b, Bench::kPriq);
  b.run([&] {
    b.enable();
    Bench::spawn([&] { b.page_request(1); });
    Bench::until([&] { return gate.reached; });
    b.write32(reg::CR0, cr0::all_but(cr0::PRIQEN));
    Bench::delay(100);
    CHECK(b.read32(reg::CR0ACK) == cr0::kAll);
    b.write64(reg::PRIQ_BASE, 0);  // guarded until acknowledged
    CHECK(b.read(reg::PRIQ_BASE, 8) == (Bench::kPriq | 2));
    gate.let_go();
    Bench::until([&] { return b.read32(reg::CR0ACK) == cr0::all_but(cr0::PRIQEN); });
    CHECK(b.read32(reg::PRIQ_PROD) == 1);  // 6.3.9.5
    CHECK(b.memory.load(Bench::kPriq + 8) == (Bench::kVa | 1));
    Bench::delay(100);
    CHECK(b.received.empty());  // queued, so software answers
  });
}

TEST_CASE("SMMUEN is acknowledged once the page request being written is in the queue") {
  Bench b;
  Gate gate(b, Bench::kPriq);
  b.run([&] {
    b.enable();
    Bench::spawn([&] { b.page_request(1); });
    Bench::until([&] { return gate.reached; });
    b.write32(reg::CR0, cr0::all_but(cr0::SMMUEN));
    Bench::delay(100);
    CHECK(b.read32(reg::CR0ACK) == cr0::kAll);
    gate.let_go();
    // 6.3.9.6: the effective PRIQEN has become 0 with its side effects; its own bit stays (6.3.9.5).
    Bench::until([&] { return b.read32(reg::CR0ACK) == cr0::all_but(cr0::SMMUEN); });
    CHECK(b.read32(reg::PRIQ_PROD) == 1);
  });
}

}  // namespace smmu_vp::test

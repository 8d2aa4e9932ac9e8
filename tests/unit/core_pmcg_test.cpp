// The counter group alone: registers of 10.5, filters of 10.4, overflow and capture of 10.2.1.
#include <doctest/doctest.h>

#include "tests/support/registers.h"
#include "tlm/core/pmcg.h"

namespace smmu_vp::test {

using core::Pmcg;
using spec::pmcg::Event;
using enum spec::RegisterSize;

namespace {

// Offsets from page 0; page 1 is 64KB up.
constexpr u32 kPage1 = 0x1'0000;
constexpr u32 kEvcntr = kPage1 + pmcg_reg::EVCNTR0, kSvr = kPage1 + pmcg_reg::SVR0,
              kOvsClr = kPage1 + pmcg_reg::OVSCLR0, kOvsSet = kPage1 + pmcg_reg::OVSSET0,
              kCapr = kPage1 + pmcg_reg::CAPR;
constexpr u32 kEvtyper = pmcg_reg::EVTYPER0, kSmr = pmcg_reg::SMR0, kEnable = pmcg_reg::CNTENSET0,
              kDisable = pmcg_reg::CNTENCLR0, kIntEnable = pmcg_reg::INTENSET0,
              kIntDisable = pmcg_reg::INTENCLR0, kCfgr = pmcg_reg::CFGR, kCr = pmcg_reg::CR,
              kCeid0 = pmcg_reg::CEID0, kIrqCtrl = pmcg_reg::IRQ_CTRL, kIrqAck = pmcg_reg::IRQ_CTRLACK,
              kIrqCfg0 = pmcg_reg::IRQ_CFG0, kIrqCfg1 = pmcg_reg::IRQ_CFG1, kIrqStatus = pmcg_reg::IRQ_STATUS;

struct Group {
  explicit Group(const core::SmmuConfig& config = {})
      : pmcg(
            config, [this] { return now_ps; }, [this] { ++interrupts; }) {}
  u64 read(u32 offset, spec::RegisterSize size = k32) { return pmcg.read(offset, size); }
  void write(u32 offset, u64 value, spec::RegisterSize size = k32) {
    pmcg.write(offset, size, value);
    pmcg.acknowledge();
  }
  void counter(unsigned n, u32 type, u32 filter) {
    write(kEvtyper + 4 * n, type);
    write(kSmr + 4 * n, filter);
    write(kEnable, 1u << n, k64);
  }
  u64 value(unsigned n) { return read(kEvcntr + 8 * n, k64); }
  u64 now_ps = 0;
  unsigned interrupts = 0;
  Pmcg pmcg;
};

constexpr u32 kSpan = evtyper::FILTER_SID_SPAN, kOvfcap = evtyper::OVFCAP;
constexpr u32 kAll = 0xFFFF'FFFF;  // as a filter with a span: every StreamID
constexpr u64 kOnes = ~u64{0};

}  // namespace

TEST_CASE("PMCG CFGR and CEID0 say that the group has 8 counters of 64 bits with capture and relocation") {
  Group g;
  CHECK(g.read(kCfgr) == (cfgr::nctr(7) | cfgr::size(63) | cfgr::CAPTURE | cfgr::MSI | cfgr::RELOC_CTRS));
  CHECK(g.read(kCeid0, k64) == 0xFF);
  core::SmmuConfig plain;
  plain.features.ats = plain.features.pri = plain.features.msi = false;
  Group h(plain);
  CHECK(h.read(kCeid0, k64) == 0x3F);  // no events 6 and 7 without ATS
  CHECK((h.read(kCfgr) & cfgr::MSI) == 0);
}

TEST_CASE("PMCG page 0 has none of the relocated registers and unimplemented counters are RES0") {
  Group g;
  g.write(0x000, 5, k64);
  CHECK(g.read(0x000, k64) == 0);
  CHECK(g.value(0) == 0);
  g.write(kEvcntr + 8 * 8, 5, k64);
  CHECK(g.read(kEvcntr + 8 * 8, k64) == 0);
  g.write(kEnable, kOnes, k64);
  CHECK(g.read(kEnable, k64) == 0xFF);
  g.write(kDisable, 0xF0, k64);
  CHECK(g.read(kDisable, k64) == 0x0F);
}

TEST_CASE("a PMCG counter counts only while its enable and CR.E are set") {
  Group g;
  g.counter(2, 1 | kSpan, kAll);
  g.pmcg.count(Event::kTransaction, 9);
  CHECK(g.value(2) == 0);  // CR.E is 0
  g.write(kCr, 1);
  g.pmcg.count(Event::kTransaction, 9, 3);
  g.pmcg.count(Event::kTlbMiss, 9);  // another event
  CHECK(g.value(2) == 3);
  g.write(kDisable, 4, k64);
  g.pmcg.count(Event::kTransaction, 9);
  CHECK(g.value(2) == 3);
}

TEST_CASE("a PMCG StreamID filter matches one StreamID, a span encoded by trailing ones, or all") {
  struct Row {
    u32 type, filter, sid;
    bool counted;
  };
  const Row rows[] = {
      {1, 0x0123, 0x0123, true},          {1, 0x0123, 0x0122, false},
      {1, 0xFFFF, 0x1234, false},         {1 | kSpan, 0xF7F7, 0xF7F0, true},
      {1 | kSpan, 0xF7F7, 0xF7FF, true},  {1 | kSpan, 0xF7F7, 0xF7E7, false},
      {1 | kSpan, 0xF7F6, 0xF7F7, true},  {1 | kSpan, 0xF7F6, 0xF7F5, false},
      {1 | kSpan, 0xF5FF, 0xF400, true},  {1 | kSpan, 0xF5FF, 0xF7FF, true},
      {1 | kSpan, 0xF5FF, 0xF800, false}, {1 | kSpan, 0x7FFF, 0xFFFF, true},
      {1 | kSpan, 0xFFFF, 0x0001, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.filter);
    CAPTURE(row.sid);
    Group g;  // 16 bits of StreamID
    g.counter(0, row.type, row.filter | 0xABCD'0000);
    CHECK(g.read(kSmr) == row.filter);  // bits beyond the StreamID are RAZ/WI
    g.write(kCr, 1);
    g.pmcg.count(Event::kTransaction, row.sid);
    CHECK(g.value(0) == (row.counted ? 1 : 0));
  }
}

TEST_CASE("a PMCG overflow sets OVS, interrupts and captures even if OVS was set") {
  Group g;
  g.counter(1, 2 | kSpan | kOvfcap, kAll);
  g.counter(3, 1 | kSpan, kAll);
  g.write(kIntEnable, 2, k64);
  g.write(kIrqCtrl, 1);
  CHECK(g.read(kIrqAck) == 1);
  g.write(kCr, 1);
  g.write(kEvcntr + 8, kOnes, k64);
  g.pmcg.count(Event::kTransaction, 0, 5);
  g.pmcg.count(Event::kTlbMiss, 0, 2);
  CHECK(g.value(1) == 1);
  CHECK(g.read(kOvsSet, k64) == 2);
  CHECK(g.interrupts == 1);
  CHECK(g.read(kSvr + 8, k64) == 1);   // after the overflow
  CHECK(g.read(kSvr + 24, k64) == 5);  // all counters at once
  g.write(kEvcntr + 8, kOnes, k64);
  g.pmcg.count(Event::kTlbMiss, 0);
  CHECK(g.interrupts == 2);  // OVS was still set
  g.write(kOvsClr, 2, k64);
  CHECK(g.read(kOvsClr, k64) == 0);
  g.write(kIrqCtrl, 0);
  g.write(kEvcntr + 8, kOnes, k64);
  g.pmcg.count(Event::kTlbMiss, 0);
  CHECK(g.interrupts == 2);
  CHECK(g.read(kOvsSet, k64) == 2);
  g.write(kOvsSet, 0x10, k64);
  CHECK(g.read(kOvsSet, k64) == 0x12);
}

TEST_CASE("a PMCG overflow captures all counters of one occurrence whichever of them overflows") {
  for (const unsigned overflows : {1u, 3u}) {
    CAPTURE(overflows);
    const unsigned other = 4 - overflows;
    Group g;
    g.counter(overflows, 1 | kSpan | kOvfcap, kAll);
    g.counter(other, 1 | kSpan, kAll);
    g.write(kEvcntr + 8 * overflows, kOnes - 1, k64);
    g.write(kCr, 1);
    g.pmcg.count(Event::kTransaction, 0);
    CHECK(g.read(kSvr + 8 * other, k64) == 0);
    g.pmcg.count(Event::kTransaction, 0);
    // 10.2.1: both have counted the occurrence that made one of them overflow.
    CHECK(g.read(kSvr + 8 * overflows, k64) == 0);
    CHECK(g.read(kSvr + 8 * other, k64) == 2);
    g.pmcg.count(Event::kTransaction, 0);
    CHECK(g.value(other) == 3);
    CHECK(g.read(kSvr + 8 * other, k64) == 2);
  }
}

TEST_CASE("a PMCG overflow captures a clock counter's value at that moment") {
  Group g;
  g.counter(0, 0, 0);
  g.counter(7, 1 | kSpan | kOvfcap, kAll);
  g.write(kEvcntr + 8 * 7, kOnes, k64);
  g.write(kCr, 1);
  g.now_ps = 100'000;
  g.pmcg.count(Event::kTransaction, 0);
  g.now_ps = 300'000;
  CHECK(g.read(kSvr, k64) == 100);  // of 1 ns each (10.2.1)
  CHECK(g.value(0) == 300);
}

TEST_CASE("a PMCG clock overflow captures the current values of the other counters") {
  Group g;
  g.counter(0, kOvfcap, 0);
  g.counter(2, 1 | kSpan, kAll);
  g.write(kEvcntr, kOnes - 9, k64);
  g.write(kCr, 1);
  g.pmcg.count(Event::kTransaction, 0, 6);
  g.now_ps = 10'000;
  CHECK(g.value(0) == 0);
  CHECK(g.read(kSvr, k64) == 0);
  CHECK(g.read(kSvr + 8 * 2, k64) == 6);
}

TEST_CASE("PMCG OVSCLR and INTENCLR clear the bits written and no others") {
  Group g;
  g.write(kOvsSet, 0xF5, k64);
  g.write(kOvsClr, 0x51, k64);  // 10.5.2.9
  CHECK(g.read(kOvsSet, k64) == 0xA4);
  CHECK(g.read(kOvsClr, k64) == 0xA4);
  g.write(kIntEnable, 0x3C, k64);
  g.write(kIntDisable, 0x18, k64);  // 10.5.2.8
  CHECK(g.read(kIntEnable, k64) == 0x24);
  CHECK(g.read(kIntDisable, k64) == 0x24);
  g.write(kIntDisable, 0xFFFF'FFFF'0000'0004, k64);
  CHECK(g.read(kIntEnable, k64) == 0x20);
  CHECK(g.read(kOvsSet, k64) == 0xA4);
}

TEST_CASE("PMCG IRQ_STATUS reports an aborted MSI from SMMUv3.1 on and reads as zero in SMMUv3.0") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    CAPTURE(version);
    core::SmmuConfig config;
    config.features.version = version;
    Group g(config);
    g.pmcg.msi_aborted();
    CHECK(g.read(kIrqStatus) == (version == 0 ? 0u : 1u));  // 10.5.2.24
  }
}

TEST_CASE("a write of PMCG CAPR copies every counter to its shadow") {
  Group g;
  g.write(kEvcntr, 0x1'0000'0002, k64);
  g.write(kEvcntr + 56, 7, k64);
  g.write(kCapr, 0);
  CHECK(g.read(kSvr, k64) == 0);
  g.write(kCapr, 1);
  CHECK(g.read(kSvr, k64) == 0x1'0000'0002);
  CHECK(g.read(kSvr + 4) == 1);  // 32-bit access to a 64-bit register
  CHECK(g.read(kSvr + 56, k64) == 7);
  g.write(kSvr, 99, k64);  // read-only
  CHECK(g.read(kSvr, k64) == 0x1'0000'0002);
  CHECK(g.read(kCapr) == 0);
}

TEST_CASE("PMCG event 0 counts a clock of 1 ns whatever the filter and overflows on time") {
  Group g;
  g.now_ps = 5'000;
  g.counter(0, 0, 0x1234);  // an exact filter does not apply to event 0
  g.write(kCr, 1);
  g.now_ps = 105'999;
  CHECK(g.value(0) == 100);
  g.write(kEvcntr, kOnes - 9, k64);
  CHECK(g.pmcg.next_overflow_ps() == 115'000);
  g.now_ps = 114'999;
  CHECK(g.value(0) == kOnes);
  g.now_ps = 115'000;
  CHECK(g.value(0) == 0);
  CHECK(g.read(kOvsSet, k64) == 1);
  CHECK(g.pmcg.next_overflow_ps() == kOnes);  // beyond the simulated range
}

TEST_CASE("PMCG MSI registers are guarded by IRQEN and its acknowledgement") {
  Group g;
  g.write(kIrqCfg0, kOnes, k64);
  CHECK(g.read(kIrqCfg0, k64) == mask(47, 2));  // 48-bit output size
  g.write(kIrqCfg1, 7);
  g.write(kIrqCtrl, 1);
  g.write(kIrqCfg0, 0x1000, k64);
  g.write(kIrqCfg1, 8);
  CHECK(g.read(kIrqCfg0, k64) == mask(47, 2));
  CHECK(g.read(kIrqCfg1) == 7);
}

}  // namespace smmu_vp::test

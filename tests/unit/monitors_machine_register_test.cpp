// register_use: accesses that chapter 6 does not permit, beside the nearest that it does.
#include "tests/support/registers.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {

using namespace smmu_vp::test;

constexpr std::string_view kMonitor = "register_use";
constexpr u64 kTable = 0x8001'0000;

// Software that writes registers, and an SMMU that acknowledges at once.
struct Software {
  explicit Software(bool strict = false)
      : h([&] {
          MachineTraits machine = stage1_machine();
          machine.strict = strict;
          return machine;
        }()) {}
  Software& write(u64 offset, u64 value, unsigned bytes = 4) {
    h.add(trace::RegisterWrite{offset, value, bytes});
    return *this;
  }
  Software& read(u64 offset, u64 value, unsigned bytes = 4) {
    h.add(trace::RegisterRead{offset, value, bytes});
    return *this;
  }
  Software& control(u64 value) { return write(reg::CR0, value).read(reg::CR0ACK, value); }
  Software& interrupts(u64 value) { return write(reg::IRQ_CTRL, value).read(reg::IRQ_CTRLACK, value); }
  bool silent() const { return h.violations(kMonitor) == 0; }
  bool says(std::string_view text) const { return h.says(kMonitor, text); }

  History h;
};

}  // namespace

TEST_CASE("a driver that sets up, enables and disables an SMMU step by step breaks no rule of registers") {
  Software s;
  s.control(0).write(reg::CR1, cr1::kCached).write(reg::CR2, cr2::PTM | cr2::RECINVSID);
  s.write(reg::STRTAB_BASE, kTable, 8).write(reg::STRTAB_BASE_CFG, strtab::linear(9));
  s.control(cr0::CMDQEN).control(cr0::CMDQEN | cr0::EVENTQEN);
  s.interrupts(0).write(reg::EVENTQ_IRQ_CFG0, 0x2000'0040, 8).write(reg::EVENTQ_IRQ_CFG1, 7);
  s.write(reg::EVENTQ_IRQ_CFG2, irq_cfg2::mem_attr(1)).interrupts(irq_ctrl::kAll);
  s.control(cr0::all_but(cr0::ATSCHK)).control(cr0::kAll);
  s.control(0).write(reg::STRTAB_BASE, kTable + 0x1'0000, 8).control(cr0::SMMUEN);
  s.h.finish();
  CHECK(s.h.violations(kMonitor) == 0);
  CHECK(s.h.monitor(kMonitor).verdict() == Verdict::kClean);
}

TEST_CASE("a guarded register changes only while its enable is seen to be off") {
  Software s;
  s.write(reg::STRTAB_BASE, kTable, 8).control(cr0::SMMUEN);
  SUBCASE("not while it is on") {
    s.write(reg::STRTAB_BASE, kTable + 0x1'0000, 8);
    CHECK(s.says("STRTAB_BASE (0x80) 0x80010000 -> 0x80020000 while CR0.SMMUEN is 1"));
    CHECK(s.says("6.3.24"));
  }
  SUBCASE("nor by one half") {
    s.write(reg::STRTAB_BASE + 4, 1);
    CHECK(s.says("STRTAB_BASE (0x84)"));
  }
  SUBCASE("nor while it is on its way to off") {
    s.write(reg::CR0, 0).write(reg::STRTAB_BASE, kTable + 0x1'0000, 8);
    CHECK(s.says("STRTAB_BASE"));
  }
  SUBCASE("nor from the write on that turns it on") {
    s.control(0).write(reg::CR0, cr0::SMMUEN).write(reg::STRTAB_BASE_CFG, strtab::linear(9));
    CHECK(s.says("STRTAB_BASE_CFG (0x88) 0x0 -> 0x9 while CR0.SMMUEN is 1"));
  }
  SUBCASE("though the value it has may be written") {
    s.write(reg::STRTAB_BASE, kTable, 8);
    CHECK(s.silent());
  }
}

TEST_CASE("CR1 is guarded field by field") {
  constexpr u64 kQueues = cr1::kCached & cr1::kQueues, kTables = cr1::kCached & cr1::kTables;
  Software s;
  s.control(cr0::SMMUEN);
  SUBCASE("queue attributes may change while only SMMUEN is set") {
    s.write(reg::CR1, kQueues);
    CHECK(s.silent());
  }
  SUBCASE("table attributes may not") {
    s.write(reg::CR1, kTables);
    CHECK(s.says("changes TABLE_SH, TABLE_OC, TABLE_IC while CR0.SMMUEN is 1"));
  }
  SUBCASE("queue attributes may not while a queue is enabled") {
    s.control(cr0::SMMUEN | cr0::EVENTQEN).write(reg::CR1, kQueues);
    CHECK(s.says("changes QUEUE_SH, QUEUE_OC, QUEUE_IC while CR0.EVENTQEN is 1"));
  }
}

TEST_CASE("an MSI's registers change only while its interrupt is seen to be disabled") {
  Software s;
  s.interrupts(irq_ctrl::EVENTQ_IRQEN).write(reg::GERROR_IRQ_CFG1, 5).write(reg::EVENTQ_IRQ_CFG1, 5);
  CHECK(s.says("EVENTQ_IRQ_CFG1 (0xb8) 0x0 -> 0x5 while IRQ_CTRL.EVENTQ_IRQEN is 1"));
}

TEST_CASE("a field of CR0 or IRQ_CTRL changes again only after its acknowledgement was read") {
  Software s;
  SUBCASE("of CR0") {
    s.write(reg::CR0, cr0::CMDQEN).write(reg::CR0, 0);
    CHECK(s.says("CR0 (0x20) 0x8 -> 0x0 changes CMDQEN again before CR0ACK (0x24) was read"));
  }
  SUBCASE("of IRQ_CTRL") {
    s.write(reg::IRQ_CTRL, irq_ctrl::kAll).write(reg::IRQ_CTRL, irq_ctrl::GERROR_IRQEN);
    CHECK(s.says("changes EVENTQ_IRQEN, PRIQ_IRQEN again before IRQ_CTRLACK (0x54) was read"));
  }
  SUBCASE("an acknowledgement of the old value is none") {
    s.write(reg::CR0, cr0::CMDQEN).read(reg::CR0ACK, 0).write(reg::CR0, 0);
    CHECK(s.says("CMDQEN again"));
  }
  SUBCASE("while other fields may change in between") {
    s.write(reg::CR0, cr0::CMDQEN).write(reg::CR0, cr0::CMDQEN | cr0::EVENTQEN);
    s.read(reg::CR0ACK, cr0::CMDQEN | cr0::EVENTQEN).write(reg::CR0, cr0::EVENTQEN);
    CHECK(s.silent());
  }
}

TEST_CASE("GBPA is written with Update, and again after Update was read as zero") {
  Software s;
  s.write(reg::GBPA, gbpa::Update | gbpa::ABORT);
  SUBCASE("as it should be") {
    s.read(reg::GBPA, gbpa::Update | gbpa::ABORT).read(reg::GBPA, gbpa::ABORT).write(reg::GBPA, gbpa::Update);
    CHECK(s.silent());
  }
  SUBCASE("not without Update") {
    s.read(reg::GBPA, gbpa::ABORT).write(reg::GBPA, 0);
    CHECK(s.says("without Update"));
  }
  SUBCASE("not before the last Update is seen to be complete") {
    s.read(reg::GBPA, gbpa::Update | gbpa::ABORT).write(reg::GBPA, gbpa::Update);
    CHECK(s.says("before Update was read as 0"));
  }
}

TEST_CASE("Reserved bits and values of a register are named") {
  Software s;
  SUBCASE("a bit that no field has") {
    s.write(reg::CR0, bit(5));
    CHECK(
        s.says("CR0 (0x20) 0x0 -> 0x20 sets Reserved bits 0x20, which must be written as zero (6.2, 6.3.9)"));
  }
  SUBCASE("a bit of the upper half") {
    s.write(reg::CMDQ_BASE + 4, bit(31));
    CHECK(s.says("sets Reserved bits 0x8000000000000000"));
  }
  SUBCASE("a value that is Reserved") {
    s.write(reg::CR1, cr1::table_sh(0b01));
    CHECK(s.says("gives TABLE_SH the Reserved value 0b1 (6.3.11)"));
  }
  SUBCASE("an address beyond the output size") {
    s.write(reg::STRTAB_BASE, bit(48), 8);
    CHECK(s.says("beyond the output size of 48 bits"));
  }
}

TEST_CASE("what is only ignored is judged on request") {
  for (const bool strict : {false, true}) {
    Software absent_feature(strict), read_only(strict);
    absent_feature.write(reg::CR2, cr2::PTM);
    read_only.write(reg::IDR0, 1);
    CHECK(absent_feature.silent() == !strict);
    CHECK(read_only.silent() == !strict);
  }
}

TEST_CASE("sizes and places that registers do not have are named") {
  Software s;
  SUBCASE("an access that the SMMU aborts") {
    s.h.add(trace::RegisterRefused{reg::CR0, 2, true});
    CHECK(s.says("write of 2 bytes at CR0 (0x20)"));
  }
  SUBCASE("64 bits of two 32-bit registers") {
    s.write(reg::CMDQ_PROD, 0, 8);
    CHECK(s.says("64-bit write of CMDQ_PROD (0x98)"));
  }
  SUBCASE("64 bits of a 64-bit register are right") {
    s.write(reg::CMDQ_BASE, 0, 8);
    CHECK(s.silent());
  }
  SUBCASE("a register of page 1 in page 0") {
    s.read(reg::EVENTQ_CONS - 0x1'0000, 0);
    CHECK(s.says("read of offset 0xac in place of EVENTQ_CONS (0x100ac)"));
  }
  SUBCASE("a register of page 0 in page 1") {
    s.write(reg::CR0 + 0x1'0000, 1);
    CHECK(s.says("write of offset 0x10020 in place of CR0 (0x20)"));
  }
  SUBCASE("a write to where nothing is") {
    s.write(0x8C, 1);
    CHECK(s.says("0x1 written to offset 0x8c, where no register is"));
  }
}

TEST_CASE("each SMMU is judged by its own acknowledgements") {
  Software s;
  s.h.add(trace::RegisterWrite{reg::CR0, cr0::CMDQEN, 4, 0}).add(trace::RegisterWrite{reg::CR0, 0, 4, 1});
  s.h.add(trace::RegisterRead{reg::CR0ACK, cr0::CMDQEN, 4, 1}).add(trace::RegisterWrite{reg::CR0, 0, 4, 0});
  CHECK(s.says("CMDQEN again"));
}

}  // namespace smmu_vp::tb::test

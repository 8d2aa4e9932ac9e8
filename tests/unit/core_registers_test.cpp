// ID registers, guards and acknowledgements, and output queues.
#include <doctest/doctest.h>

#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/core_memory.h"
#include "tlm/core/id_registers.h"
#include "tlm/core/output_queue.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::RegisterSize;

namespace {

// The default configuration's.
constexpr u32 kIdr0 = idr0::kTwoLevelStreams | idr0::ATSRECERR | idr0::kLittleEndian | idr0::CD2L |
                      idr0::VMID16 | idr0::PRI | idr0::SEV | idr0::MSI | idr0::ASID16 | idr0::ATS |
                      idr0::COHACC | idr0::kAArch64 | idr0::S1P;

constexpr u64 kQueue = 0x2'0000;
// Every bit of a register.
constexpr u64 kOnes = ~u64{0};
// What an index can have in a queue of 2^log2 entries: the index and its wrap flag.
constexpr u64 index_of(unsigned log2) {
  return mask(log2, 0);
}

}  // namespace

TEST_CASE("the ID registers are those of the default configuration") {
  const RegisterFile r{SmmuConfig{}};
  CHECK(r.read(reg::IDR0, k32) == kIdr0);
  CHECK(r.read(reg::IDR1, k32) == (idr1::ATTR_PERMS_OVR | idr1::cmdqs(19) | idr1::eventqs(19) |
                                   idr1::priqs(19) | idr1::ssidsize(20) | idr1::sidsize(16)));
  CHECK(r.read(reg::IDR3, k32) == (idr3::bbml(2) | idr3::RIL | idr3::STT | idr3::FWB | idr3::HAD));
  CHECK(r.read(reg::IDR5, k32) == (idr5::stall_max(64) | idr5::kAllGranules | idr5::oas(k48Bits)));
  CHECK(r.read(reg::AIDR, k32) == 2);
  CHECK(r.read(reg::CIDR0, k32) == 0x0D);
  CHECK(r.read(reg::CIDR3, k32) == 0xB1);
}

TEST_CASE("an unsupported configuration is refused by key, value and limit") {
  CHECK_FALSE(unsupported({}).has_value());
  SmmuConfig c;
  c.features.httu = 3;
  CHECK(unsupported(c) == "smmu.features.httu = 3: must be 0 to 2");
  const auto refused = [](auto change) {
    SmmuConfig config;
    change(config);
    return unsupported(config).value_or("");
  };
  CHECK(refused([](SmmuConfig& s) { s.features.s1 = false; }).starts_with("smmu.features.s1 = false"));
  // SMMUv3.2 has EL2 wherever it has both stages (6.3.1).
  CHECK(refused([](SmmuConfig& s) { s.features.s2 = true; }).starts_with("smmu.features.hyp = false"));
  CHECK(refused([](SmmuConfig& s) { s.features.s2 = s.features.hyp = true; }).empty());
  CHECK(refused([](SmmuConfig& s) { s.features.hyp = true; }).starts_with("smmu.features.hyp"));
  CHECK(refused([](SmmuConfig& s) { s.features.ril = false; }).starts_with("smmu.features.ril"));
  CHECK(refused([](SmmuConfig& s) { s.features.ats = false; }).starts_with("smmu.features.pri"));
  CHECK(refused([](SmmuConfig& s) { s.features.oas_bits = 47; }).starts_with("smmu.features.oas_bits = 47"));
  CHECK(refused([](SmmuConfig& s) { s.walk_cache_entries = 48; }).starts_with("smmu.tcu.walk_cache"));
}

TEST_CASE("read-only, reserved and other pages' locations ignore writes, and reserved ones read as zero") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::IDR0, k32, 0);
  CHECK(r.read(reg::IDR0, k32) == kIdr0);
  r.write(reg::CR0ACK, k32, cr0::kAll);
  CHECK(r.read(reg::CR0ACK, k32) == 0);
  for (const u32 offset :
       {0x30u, 0x48u, 0xA8u, 0xACu, 0x100u, 0x108u, 0x138u, 0x200u, 0x300u, 0x1'0020u, 0x4000u}) {
    r.write(offset, k32, kOnes);
    CHECK(r.read(offset, k32) == 0);
  }
  r.write(reg::CR0, k32, kOnes & ~u64{cr0::kAll});  // VMW, DPT_WALK_EN and reserved bits
  CHECK(r.read(reg::CR0, k32) == 0);
  r.write(reg::STRTAB_BASE, k64, kOnes);
  CHECK(r.read(reg::STRTAB_BASE, k64) == (strtab::RA | mask(47, 6)));  // ADDR up to the output size
  r.write(reg::STRTAB_BASE + 4, k32, 0);
  CHECK(r.read(reg::STRTAB_BASE, k64) == mask(31, 6));
}

TEST_CASE("registers of absent features are RES0") {
  SmmuConfig c;
  c.features.ats = c.features.pri = c.features.msi = false;
  RegisterFile r{c};
  for (const u32 offset : {reg::PRIQ_BASE, reg::PRIQ_PROD, reg::PRIQ_CONS, reg::PRIQ_IRQ_CFG0,
                           reg::PRIQ_IRQ_CFG2, reg::GERROR_IRQ_CFG0, reg::EVENTQ_IRQ_CFG0}) {
    r.write(offset, k32, kOnes);
    CHECK(r.read(offset, k32) == 0);
  }
  r.write(reg::CR0, k32, cr0::kAll);
  CHECK(r.read(reg::CR0, k32) == cr0::all_but(cr0::PRIQEN | cr0::ATSCHK));  // neither ATSCHK nor PRIQEN
}

TEST_CASE("guarded registers keep their value while their enable, or its acknowledgement, is set") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::CMDQ_BASE, k64, kQueue | queue::log2size(5));
  r.write(reg::CR0, k32, cr0::CMDQEN);
  r.write(reg::CMDQ_BASE, k64, 0);
  CHECK(r.read(reg::CMDQ_BASE, k64) == (kQueue | queue::log2size(5)));
  r.acknowledge(reg::CR0, ~0u);
  r.write(reg::CMDQ_CONS, k32, 3);
  CHECK(r.read(reg::CMDQ_CONS, k32) == 0);
  r.write(reg::CMDQ_PROD, k32, 3);  // PROD is not guarded
  CHECK(r.read(reg::CMDQ_PROD, k32) == 3);
  r.write(reg::CR0, k32, 0);
  r.write(reg::CMDQ_BASE, k64, 0);  // not before the Update is complete
  CHECK(r.read(reg::CMDQ_BASE, k64) == (kQueue | queue::log2size(5)));
  r.acknowledge(reg::CR0, ~0u);
  r.write(reg::CMDQ_BASE, k64, 0);
  CHECK(r.read(reg::CMDQ_BASE, k64) == 0);
}

TEST_CASE("a CR0 field in transition keeps the first value written, and its neighbours change freely") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::CR0, k32, cr0::SMMUEN);
  r.write(reg::CR0, k32, cr0::EVENTQEN | cr0::CMDQEN);
  CHECK(r.read(reg::CR0, k32) == cr0::all_but(cr0::PRIQEN | cr0::ATSCHK));
  r.acknowledge(reg::CR0, cr0::SMMUEN);
  r.write(reg::CR0, k32, cr0::EVENTQEN | cr0::CMDQEN);
  CHECK(r.read(reg::CR0, k32) == (cr0::EVENTQEN | cr0::CMDQEN));
  CHECK(r.read(reg::CR0ACK, k32) == cr0::SMMUEN);
}

TEST_CASE("CR1 is guarded by field, CR2 as a whole") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::CR1, k32, cr1::kTables | cr1::kQueues);
  r.write(reg::CR0, k32, cr0::SMMUEN);
  r.write(reg::CR1, k32, 0);
  CHECK(r.read(reg::CR1, k32) == cr1::kTables);  // which are fixed; queues are free
  r.write(reg::CR2, k32, cr2::kAll);
  CHECK(r.read(reg::CR2, k32) == 0);
}

TEST_CASE("indexes that the SMMU writes have no bits above the wrap flag") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::CMDQ_BASE, k64, kQueue | queue::log2size(3));
  r.write(reg::CMDQ_CONS, k32, kOnes);
  CHECK(r.read(reg::CMDQ_CONS, k32) == (cerror::err(0b111'1111) | index_of(3)));
  r.write(reg::EVENTQ_BASE, k64, kQueue | queue::log2size(3));
  r.write(reg::EVENTQ_PROD, k32, kOnes);
  CHECK(r.read(reg::EVENTQ_PROD, k32) == (queue::OVFLG | index_of(3)));
}

TEST_CASE("a smaller queue truncates the indexes that the SMMU writes") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::CMDQ_BASE, k64, kQueue | queue::log2size(19));
  r.write(reg::CMDQ_CONS, k32, index_of(19));
  CHECK(r.read(reg::CMDQ_CONS, k32) == index_of(19));
  // 6.3.28: from the wrap flag downward, the effective truncation
  r.write(reg::CMDQ_BASE, k64, kQueue | queue::log2size(3));
  CHECK(r.read(reg::CMDQ_CONS, k32) == index_of(3));
  r.write(reg::EVENTQ_BASE, k64, kQueue | queue::log2size(10));
  r.write(reg::EVENTQ_PROD, k32, queue::OVFLG | index_of(11));
  r.write(reg::EVENTQ_BASE, k64, kQueue);  // one entry: the wrap flag is bit 0
  CHECK(r.read(reg::EVENTQ_PROD, k32) == (queue::OVFLG | index_of(0)));
}

TEST_CASE("a queue size above the maximum reads back as written and counts as the maximum") {
  SmmuConfig c;
  c.features.cmdq_log2_max = c.features.eventq_log2_max = c.features.priq_log2_max = 8;
  RegisterFile r{c};
  for (const u32 base : {reg::CMDQ_BASE, reg::EVENTQ_BASE, reg::PRIQ_BASE}) {
    r.write(base, k64, queue::log2size(31));
    CHECK(r.read(base, k64) == queue::log2size(31));
  }
  for (const u32 index : {reg::CMDQ_CONS, reg::EVENTQ_PROD, reg::PRIQ_PROD}) {
    r.write(index, k32, index_of(19));
    CHECK(r.read(index, k32) == index_of(8));
  }
}

TEST_CASE("GBPA takes a write only with Update and its update completes at once") {
  RegisterFile r{SmmuConfig{}};
  r.write(reg::GBPA, k32, gbpa::ABORT);  // 6.3.14.1: without Update the write is ignored
  CHECK(r.read(reg::GBPA, k32) == 0);
  r.write(reg::GBPA, k32, gbpa::Update | mask(20, 0));
  // IDR1.ATTR_TYPES_OVR is 0.
  CHECK(r.read(reg::GBPA, k32) == (gbpa::ABORT | gbpa::instcfg(0b11) | gbpa::privcfg(0b11)));
  r.write(reg::STATUSR, k64, u64{gbpa::Update} << 32);  // a 64-bit access is two of 32
  CHECK(r.read(reg::GBPA, k32) == 0);
}

TEST_CASE("interrupt configuration is guarded by its own enable and by the enable's acknowledgement") {
  struct Row {
    u32 enable, cfg0, cfg1, cfg2;
  };
  for (const Row row :
       {Row{irq_ctrl::GERROR_IRQEN, reg::GERROR_IRQ_CFG0, reg::GERROR_IRQ_CFG1, reg::GERROR_IRQ_CFG2},
        Row{irq_ctrl::EVENTQ_IRQEN, reg::EVENTQ_IRQ_CFG0, reg::EVENTQ_IRQ_CFG1, reg::EVENTQ_IRQ_CFG2},
        Row{irq_ctrl::PRIQ_IRQEN, reg::PRIQ_IRQ_CFG0, reg::PRIQ_IRQ_CFG1, reg::PRIQ_IRQ_CFG2}}) {
    RegisterFile r{SmmuConfig{}};
    const auto write_all = [&](u64 value) {
      r.write(row.cfg0, k64, value);
      r.write(row.cfg1, k32, value);
      r.write(row.cfg2, k32, value);
    };
    write_all(0x14);
    r.write(reg::IRQ_CTRL, k32, irq_ctrl::kAll & ~row.enable);  // the other two do not matter
    r.acknowledge(reg::IRQ_CTRL, ~0u);
    write_all(0x24);
    CHECK(r.read(row.cfg0, k64) == 0x24);
    CHECK(r.read(row.cfg1, k32) == 0x24);
    CHECK(r.read(row.cfg2, k32) == 0x24);
    r.write(reg::IRQ_CTRL, k32, row.enable);
    write_all(0x38);
    CHECK(r.read(row.cfg0, k64) == 0x24);
    r.acknowledge(reg::IRQ_CTRL, ~0u);
    r.write(reg::IRQ_CTRL, k32, 0);
    write_all(0x38);  // disabled, but not yet acknowledged
    CHECK(r.read(row.cfg0, k64) == 0x24);
    CHECK(r.read(row.cfg1, k32) == 0x24);
    CHECK(r.read(row.cfg2, k32) == 0x24);
    r.acknowledge(reg::IRQ_CTRL, ~0u);
    write_all(0x38);
    CHECK(r.read(row.cfg0, k64) == 0x38);
  }
}

TEST_CASE("every register of pages 0 and 1 keeps exactly its writable bits") {
  SmmuConfig c;
  c.features.s2 = c.features.hyp = c.features.btm = true;
  struct Row {
    u32 offset;
    spec::RegisterSize size;
    u64 kept;  // the writable bits, from 6.3 and the features above
  };
  constexpr u64 kAddress = mask(47, 2), kData = mask(31, 0), kAttributes = mask(5, 0);  // of an MSI
  constexpr u64 kBase = queue::HINT | mask(47, 0);
  const Row rows[] = {{reg::CR0, k32, cr0::kAll | cr0::vmw(0b111)},
                      {reg::CR1, k32, cr1::kTables | cr1::kQueues},
                      {reg::CR2, k32, cr2::kAll},
                      {reg::IRQ_CTRL, k32, irq_ctrl::kAll},
                      {reg::GERRORN, k32, mask(8, 2) | gerror::CMDQ_ERR},
                      {reg::GERROR_IRQ_CFG0, k64, kAddress},
                      {reg::GERROR_IRQ_CFG1, k32, kData},
                      {reg::GERROR_IRQ_CFG2, k32, kAttributes},
                      {reg::STRTAB_BASE, k64, strtab::RA | mask(47, 6)},
                      {reg::STRTAB_BASE_CFG, k32, mask(17, 16) | mask(10, 6) | mask(5, 0)},
                      {reg::CMDQ_BASE, k64, kBase},
                      {reg::CMDQ_PROD, k32, index_of(19)},
                      {reg::EVENTQ_BASE, k64, kBase},
                      {reg::EVENTQ_IRQ_CFG0, k64, kAddress},
                      {reg::EVENTQ_IRQ_CFG1, k32, kData},
                      {reg::EVENTQ_IRQ_CFG2, k32, kAttributes},
                      {reg::PRIQ_BASE, k64, kBase},
                      {reg::PRIQ_IRQ_CFG0, k64, kAddress},
                      {reg::PRIQ_IRQ_CFG1, k32, kData},
                      {reg::PRIQ_IRQ_CFG2, k32, bit(31) | kAttributes},  // LO
                      {reg::EVENTQ_CONS, k32, queue::OVFLG | index_of(19)},
                      {reg::PRIQ_CONS, k32, queue::OVFLG | index_of(19)}};
  for (const Row& row : rows) {
    CAPTURE(row.offset);
    RegisterFile r{c};
    r.write(row.offset, row.size, kOnes);
    CHECK(r.read(row.offset, row.size) == row.kept);
    if (row.size == k64) {  // two separately writable halves
      RegisterFile halves{c};
      halves.write(row.offset + 4, k32, kOnes);
      CHECK(halves.read(row.offset, k64) == (row.kept & mask(63, 32)));
      halves.write(row.offset, k32, kOnes);
      CHECK(halves.read(row.offset, k64) == row.kept);
    }
  }
}

TEST_CASE("global errors toggle once until acknowledged") {
  RegisterFile r{SmmuConfig{}};
  CHECK(r.activate_error(spec::GERROR::CMDQ_ERR));
  CHECK_FALSE(r.activate_error(spec::GERROR::CMDQ_ERR));
  CHECK(r.read(reg::GERROR, k32) == gerror::CMDQ_ERR);
  r.write(reg::GERRORN, k32, gerror::CMDQ_ERR);
  CHECK_FALSE(r.error_active(spec::GERROR::CMDQ_ERR));
  CHECK(r.activate_error(spec::GERROR::CMDQ_ERR));
  CHECK(r.read(reg::GERROR, k32) == 0);
}

TEST_CASE("an output queue fills, wraps, refuses when full or inconsistent, and keeps PROD at an abort") {
  RegisterFile r{SmmuConfig{}};
  WordMemory memory;
  OutputQueue queue(r, memory,
                    {.base = reg::EVENTQ_BASE,
                     .prod = reg::EVENTQ_PROD,
                     .cons = reg::EVENTQ_CONS,
                     .log2_max = 19,
                     .oas_bits = 48});
  r.write(reg::EVENTQ_BASE, k64, (kQueue + 64) | queue::log2size(2));  // aligned to its 128 bytes
  u64 record[4] = {};
  using Outcome = OutputQueue::Outcome;
  for (u64 i = 0; i < 4; ++i) {
    record[0] = 0x100 + i;
    CHECK(queue.push(record) == (i == 0 ? Outcome::kWrittenToEmpty : Outcome::kWritten));
  }
  CHECK(memory.words[kQueue] == 0x100);
  CHECK(memory.words[kQueue + 32 * 3] == 0x103);
  CHECK(queue.prod() == 4);
  CHECK(queue.push(record) == Outcome::kFull);
  r.write(reg::EVENTQ_CONS, k32, 1);
  CHECK(queue.push(record) == Outcome::kWritten);
  CHECK(queue.prod() == 5);
  r.write(reg::EVENTQ_CONS, k32, 6);  // beyond PROD
  CHECK(queue.push(record) == Outcome::kFull);
  r.write(reg::EVENTQ_CONS, k32, 5);
  memory.aborts = {kQueue + 32};
  CHECK(queue.push(record) == Outcome::kAborted);
  CHECK(queue.prod() == 5);
  queue.toggle_overflow();
  CHECK(queue.overflowed());
  r.write(reg::EVENTQ_CONS, k32, queue::OVFLG | 5);
  CHECK_FALSE(queue.overflowed());
}

// Software empties the queue while a record is being written to memory.
struct DrainingMemory final : MemoryPort {
  explicit DrainingMemory(RegisterFile& r) : registers(r) {}
  bool read(u64, void*, std::size_t, spec::MemoryType) override { return true; }
  bool write(u64, const void*, std::size_t, spec::MemoryType) override {
    if (drain) registers.write(reg::EVENTQ_CONS, k32, registers.read(reg::EVENTQ_PROD, k32));
    return true;
  }
  core::Swap compare_and_swap(u64, const core::Exchange&, spec::MemoryType) override {
    return core::Swap::kAborted;
  }
  RegisterFile& registers;
  bool drain = false;
};

TEST_CASE("a queue emptied while a record is being written becomes non-empty again when PROD moves") {
  RegisterFile r{SmmuConfig{}};
  DrainingMemory memory(r);
  OutputQueue queue(r, memory,
                    {.base = reg::EVENTQ_BASE,
                     .prod = reg::EVENTQ_PROD,
                     .cons = reg::EVENTQ_CONS,
                     .log2_max = 19,
                     .oas_bits = 48});
  r.write(reg::EVENTQ_BASE, k64, kQueue | queue::log2size(2));
  const u64 record[4] = {};
  using Outcome = OutputQueue::Outcome;
  CHECK(queue.push(record) == Outcome::kWrittenToEmpty);
  CHECK(queue.push(record) == Outcome::kWritten);
  memory.drain = true;
  CHECK(queue.push(record) == Outcome::kWrittenToEmpty);
}

}  // namespace smmu_vp::test

// ID registers, guards and acknowledgements, and output queues.
#include <doctest/doctest.h>

#include "tests/unit/core_memory.h"
#include "tlm/core/id_registers.h"
#include "tlm/core/output_queue.h"

namespace smmu_vp::test {

using namespace core;

TEST_CASE("ID registers of the default configuration") {
  const RegisterFile r{SmmuConfig{}};
  CHECK(r.read(0x00, 4) == 0x08CD'741A);
  CHECK(r.read(0x04, 4) == 0x0673'9D10);
  CHECK(r.read(0x0C, 4) == 0x0000'1704);
  CHECK(r.read(0x14, 4) == 0x0040'0075);
  CHECK(r.read(0x1C, 4) == 2);
  CHECK(r.read(0xFF0, 4) == 0x0D);
  CHECK(r.read(0xFFC, 4) == 0xB1);
}

TEST_CASE("a configuration that asks for more than there is is refused by key, value and limit") {
  CHECK_FALSE(unsupported({}).has_value());
  SmmuConfig c;
  c.features.httu = 3;
  CHECK(unsupported(c) == "smmu.features.httu = 3: must be 0 to 2");
  const auto refused = [](auto change) {
    SmmuConfig config;
    change(config);
    return unsupported(config).value_or("");
  };
  CHECK(refused([](SmmuConfig& s) { s.features.s1 = false; }).starts_with("smmu.features.s1 = 0"));
  // SMMUv3.2 has EL2 wherever it has both stages (6.3.1).
  CHECK(refused([](SmmuConfig& s) { s.features.s2 = true; }).starts_with("smmu.features.hyp = 0"));
  CHECK(refused([](SmmuConfig& s) { s.features.s2 = s.features.hyp = true; }).empty());
  CHECK(refused([](SmmuConfig& s) { s.features.hyp = true; }).starts_with("smmu.features.hyp"));
  CHECK(refused([](SmmuConfig& s) { s.features.ril = false; }).starts_with("smmu.features.ril"));
  CHECK(refused([](SmmuConfig& s) { s.features.ats = false; }).starts_with("smmu.features.pri"));
  CHECK(refused([](SmmuConfig& s) { s.features.oas_bits = 47; }).starts_with("smmu.features.oas_bits = 47"));
  CHECK(refused([](SmmuConfig& s) { s.walk_cache_entries = 48; }).starts_with("smmu.tcu.walk_cache"));
}

TEST_CASE("what is read-only, reserved or of another page ignores writes and reads as zero") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x00, 4, 0);
  CHECK(r.read(0x00, 4) == 0x08CD'741A);
  r.write(0x24, 4, 0x1F);
  CHECK(r.read(0x24, 4) == 0);
  for (const u32 offset :
       {0x30u, 0x48u, 0xA8u, 0xACu, 0x100u, 0x108u, 0x138u, 0x200u, 0x300u, 0x1'0020u, 0x4000u}) {
    r.write(offset, 4, ~u64{0});
    CHECK(r.read(offset, 4) == 0);
  }
  r.write(0x20, 4, 0xFFFF'FFE0);  // VMW, DPT_WALK_EN and reserved bits
  CHECK(r.read(0x20, 4) == 0);
  r.write(0x80, 8, ~u64{0});
  CHECK(r.read(0x80, 8) == 0x4000'FFFF'FFFF'FFC0);  // RA, ADDR up to the output size
  r.write(0x84, 4, 0);
  CHECK(r.read(0x80, 8) == 0xFFFF'FFC0);
}

TEST_CASE("registers of absent features are RES0") {
  SmmuConfig c;
  c.features.ats = c.features.pri = c.features.msi = false;
  RegisterFile r{c};
  for (const u32 offset : {0xC0u, 0x1'00C8u, 0x1'00CCu, 0xD0u, 0xDCu, 0x68u, 0xB0u}) {
    r.write(offset, 4, ~u64{0});
    CHECK(r.read(offset, 4) == 0);
  }
  r.write(0x20, 4, 0x1F);
  CHECK(r.read(0x20, 4) == 0xD);  // neither ATSCHK nor PRIQEN
}

TEST_CASE("guarded registers keep their value while their enable, or its acknowledgement, is set") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x90, 8, 0x1'0000 | 5);
  r.write(0x20, 4, 0x8);  // CMDQEN
  r.write(0x90, 8, 0);
  CHECK(r.read(0x90, 8) == 0x1'0005);
  r.acknowledge(0x20, ~0u);
  r.write(0x9C, 4, 3);
  CHECK(r.read(0x9C, 4) == 0);
  r.write(0x98, 4, 3);  // PROD is not guarded
  CHECK(r.read(0x98, 4) == 3);
  r.write(0x20, 4, 0);
  r.write(0x90, 8, 0);  // not before the Update is complete
  CHECK(r.read(0x90, 8) == 0x1'0005);
  r.acknowledge(0x20, ~0u);
  r.write(0x90, 8, 0);
  CHECK(r.read(0x90, 8) == 0);
}

TEST_CASE("a CR0 field in transition keeps the first value written, and its neighbours change freely") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x20, 4, 0x1);
  r.write(0x20, 4, 0xC);
  CHECK(r.read(0x20, 4) == 0xD);
  r.acknowledge(0x20, 0x1);
  r.write(0x20, 4, 0xC);
  CHECK(r.read(0x20, 4) == 0xC);
  CHECK(r.read(0x24, 4) == 0x1);
}

TEST_CASE("CR1 is guarded by field, CR2 as a whole") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x28, 4, 0xFFF);
  r.write(0x20, 4, 0x1);
  r.write(0x28, 4, 0);
  CHECK(r.read(0x28, 4) == 0xFC0);  // tables fixed, queues free
  r.write(0x2C, 4, 0xF);
  CHECK(r.read(0x2C, 4) == 0);
}

TEST_CASE("indexes that the SMMU owns have no bits above the wrap flag") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x90, 8, 0x1'0000 | 3);
  r.write(0x9C, 4, 0xFFFF'FFFF);
  CHECK(r.read(0x9C, 4) == 0x7F00'000F);
  r.write(0xA0, 8, 0x2'0000 | 3);
  r.write(0x1'00A8, 4, 0xFFFF'FFFF);
  CHECK(r.read(0x1'00A8, 4) == 0x8000'000F);
}

TEST_CASE("a smaller queue truncates the indexes that the SMMU owns") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x90, 8, 0x1'0000 | 19);
  r.write(0x9C, 4, 0x000F'FFFF);
  CHECK(r.read(0x9C, 4) == 0x000F'FFFF);
  r.write(0x90, 8, 0x1'0000 | 3);  // 6.3.28: from the wrap flag downward, the effective truncation
  CHECK(r.read(0x9C, 4) == 0xF);
  r.write(0xA0, 8, 0x2'0000 | 10);
  r.write(0x1'00A8, 4, 0x8000'0FFF);
  r.write(0xA0, 8, 0x2'0000);  // one entry: the wrap flag is bit 0
  CHECK(r.read(0x1'00A8, 4) == 0x8000'0001);
}

TEST_CASE("a queue size above the maximum reads back as written and counts as the maximum") {
  SmmuConfig c;
  c.features.cmdq_log2_max = c.features.eventq_log2_max = c.features.priq_log2_max = 8;
  RegisterFile r{c};
  for (const u32 base : {0x90u, 0xA0u, 0xC0u}) {
    r.write(base, 8, 0x1F);
    CHECK(r.read(base, 8) == 0x1F);
  }
  for (const u32 index : {0x9Cu, 0x1'00A8u, 0x1'00C8u}) {
    r.write(index, 4, 0x000F'FFFF);
    CHECK(r.read(index, 4) == 0x1FF);
  }
}

TEST_CASE("GBPA takes a write only with Update and its update completes at once") {
  RegisterFile r{SmmuConfig{}};
  r.write(0x44, 4, 0x0010'0000);  // 6.3.14.1: without Update the write is ignored
  CHECK(r.read(0x44, 4) == 0);
  r.write(0x44, 4, 0x801F'FFFF);
  CHECK(r.read(0x44, 4) == 0x001F'0000);    // ABORT, INSTCFG, PRIVCFG; IDR1.ATTR_TYPES_OVR is 0
  r.write(0x40, 8, 0x8000'0000'0000'0000);  // a 64-bit access is two of 32
  CHECK(r.read(0x44, 4) == 0);
}

TEST_CASE("interrupt configuration is guarded by its own enable and by the enable's acknowledgement") {
  struct Row {
    u32 enable, cfg0, cfg1, cfg2;
  };
  for (const Row row : {Row{1, 0x68, 0x70, 0x74}, Row{4, 0xB0, 0xB8, 0xBC}, Row{2, 0xD0, 0xD8, 0xDC}}) {
    RegisterFile r{SmmuConfig{}};
    const auto write_all = [&](u64 value) {
      r.write(row.cfg0, 8, value);
      r.write(row.cfg1, 4, value);
      r.write(row.cfg2, 4, value);
    };
    write_all(0x14);
    r.write(0x50, 4, ~row.enable & 7);  // the other two do not matter
    r.acknowledge(0x50, ~0u);
    write_all(0x24);
    CHECK(r.read(row.cfg0, 8) == 0x24);
    CHECK(r.read(row.cfg1, 4) == 0x24);
    CHECK(r.read(row.cfg2, 4) == 0x24);
    r.write(0x50, 4, row.enable);
    write_all(0x38);
    CHECK(r.read(row.cfg0, 8) == 0x24);
    r.acknowledge(0x50, ~0u);
    r.write(0x50, 4, 0);
    write_all(0x38);  // disabled, but not yet acknowledged
    CHECK(r.read(row.cfg0, 8) == 0x24);
    CHECK(r.read(row.cfg1, 4) == 0x24);
    CHECK(r.read(row.cfg2, 4) == 0x24);
    r.acknowledge(0x50, ~0u);
    write_all(0x38);
    CHECK(r.read(row.cfg0, 8) == 0x38);
  }
}

TEST_CASE("every register of pages 0 and 1 keeps what it may keep and nothing else") {
  SmmuConfig c;
  c.features.s2 = c.features.hyp = c.features.btm = true;
  struct Row {
    u32 offset;
    unsigned bytes;
    u64 kept;  // of all ones, from 6.3 and the features above
  };
  const Row rows[] = {{0x20, 4, 0x1DF},
                      {0x28, 4, 0xFFF},
                      {0x2C, 4, 0xF},
                      {0x50, 4, 0x7},
                      {0x64, 4, 0x1FD},
                      {0x68, 8, 0xFFFF'FFFF'FFFC},
                      {0x70, 4, 0xFFFF'FFFF},
                      {0x74, 4, 0x3F},
                      {0x80, 8, 0x4000'FFFF'FFFF'FFC0},
                      {0x88, 4, 0x307FF},
                      {0x90, 8, 0x4000'FFFF'FFFF'FFFF},
                      {0x98, 4, 0xFFFFF},
                      {0xA0, 8, 0x4000'FFFF'FFFF'FFFF},
                      {0xB0, 8, 0xFFFF'FFFF'FFFC},
                      {0xB8, 4, 0xFFFF'FFFF},
                      {0xBC, 4, 0x3F},
                      {0xC0, 8, 0x4000'FFFF'FFFF'FFFF},
                      {0xD0, 8, 0xFFFF'FFFF'FFFC},
                      {0xD8, 4, 0xFFFF'FFFF},
                      {0xDC, 4, 0x8000'003F},
                      {0x1'00AC, 4, 0x800F'FFFF},
                      {0x1'00CC, 4, 0x800F'FFFF}};
  for (const Row& row : rows) {
    CAPTURE(row.offset);
    RegisterFile r{c};
    r.write(row.offset, row.bytes, ~u64{0});
    CHECK(r.read(row.offset, row.bytes) == row.kept);
    if (row.bytes == 8) {  // two separately writable halves
      RegisterFile halves{c};
      halves.write(row.offset + 4, 4, ~u64{0});
      CHECK(halves.read(row.offset, 8) == (row.kept & 0xFFFF'FFFF'0000'0000));
      halves.write(row.offset, 4, ~u64{0});
      CHECK(halves.read(row.offset, 8) == row.kept);
    }
  }
}

TEST_CASE("global errors toggle once until acknowledged") {
  RegisterFile r{SmmuConfig{}};
  CHECK(r.activate_error(spec::GERROR::CMDQ_ERR));
  CHECK_FALSE(r.activate_error(spec::GERROR::CMDQ_ERR));
  CHECK(r.read(0x60, 4) == 1);
  r.write(0x64, 4, 1);
  CHECK_FALSE(r.error_active(spec::GERROR::CMDQ_ERR));
  CHECK(r.activate_error(spec::GERROR::CMDQ_ERR));
  CHECK(r.read(0x60, 4) == 0);
}

TEST_CASE("an output queue fills, wraps, refuses when full or inconsistent, and keeps PROD at an abort") {
  RegisterFile r{SmmuConfig{}};
  WordMemory memory;
  OutputQueue queue(r, memory,
                    {.base = 0xA0, .prod = 0x1'00A8, .cons = 0x1'00AC, .log2_max = 19, .oas_bits = 48});
  r.write(0xA0, 8, 0x2'0040 | 2);  // aligned to its 128 bytes
  u64 record[4] = {};
  using Outcome = OutputQueue::Outcome;
  for (u64 i = 0; i < 4; ++i) {
    record[0] = 0x100 + i;
    CHECK(queue.push(record) == (i == 0 ? Outcome::kWrittenToEmpty : Outcome::kWritten));
  }
  CHECK(memory.words[0x2'0000] == 0x100);
  CHECK(memory.words[0x2'0060] == 0x103);
  CHECK(queue.prod() == 4);
  CHECK(queue.push(record) == Outcome::kFull);
  r.write(0x1'00AC, 4, 1);
  CHECK(queue.push(record) == Outcome::kWritten);
  CHECK(queue.prod() == 5);
  r.write(0x1'00AC, 4, 6);  // beyond PROD
  CHECK(queue.push(record) == Outcome::kFull);
  r.write(0x1'00AC, 4, 5);
  memory.aborts = {0x2'0020};
  CHECK(queue.push(record) == Outcome::kAborted);
  CHECK(queue.prod() == 5);
  queue.toggle_overflow();
  CHECK(queue.overflowed());
  r.write(0x1'00AC, 4, 0x8000'0005);
  CHECK_FALSE(queue.overflowed());
}

// Software empties the queue while a record is on its way to memory.
struct DrainingMemory final : MemoryPort {
  explicit DrainingMemory(RegisterFile& r) : registers(r) {}
  bool read(u64, void*, std::size_t) override { return true; }
  bool write(u64, const void*, std::size_t) override {
    if (drain) registers.write(0x1'00AC, 4, registers.read(0x1'00A8, 4));
    return true;
  }
  core::Swap compare_and_swap(u64, u64, u64) override { return core::Swap::kAborted; }
  RegisterFile& registers;
  bool drain = false;
};

TEST_CASE("a queue emptied while a record is being written goes non-empty again when PROD moves") {
  RegisterFile r{SmmuConfig{}};
  DrainingMemory memory(r);
  OutputQueue queue(r, memory,
                    {.base = 0xA0, .prod = 0x1'00A8, .cons = 0x1'00AC, .log2_max = 19, .oas_bits = 48});
  r.write(0xA0, 8, 0x2'0000 | 2);
  const u64 record[4] = {};
  using Outcome = OutputQueue::Outcome;
  CHECK(queue.push(record) == Outcome::kWrittenToEmpty);
  CHECK(queue.push(record) == Outcome::kWritten);
  memory.drain = true;
  CHECK(queue.push(record) == Outcome::kWrittenToEmpty);
}

}  // namespace smmu_vp::test

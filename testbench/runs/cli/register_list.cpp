// All values come from the table of registers and from a register file at reset.
#include "testbench/runs/cli/register_list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "testbench/observe/inspect/record_table.h"
#include "tlm/core/pmcg.h"
#include "tlm/core/register_file.h"
#include "tlm/smmu/smmu.h"
#include "tlm/spec/pmcg_registers.h"

namespace smmu_vp::tb {

namespace {

std::string hex(u64 value, unsigned width) {
  return fmt::format("{:#0{}x}", value, width / 4 + 2);
}

std::string offset_text(const spec::Register& r) {
  return fmt::format("{:#07x}", r.offset);
}

// "CR0.CMDQEN": the field that must be clear before a write takes effect. A register guarded by its own field
// has an Update flag.
std::string guard_text(const spec::Register& r) {
  const spec::Guard* guard = r.guard();
  if (guard == nullptr) return {};
  const spec::Register* by = spec::find_register(guard->offset);
  for (const spec::NamedField& f : by->fields) {
    if (f.field.lo == guard->field.lo) return fmt::format("{}.{}", by->name, f.name);
  }
  return {};
}

constexpr const char* kIntroduction = R"(# Registers

`smmu-vp list registers --markdown` generates this page; `--json` prints the same as data. A test compares
this page with the program's output.

Offsets are relative to `smmu.base`; page 1 starts at 0x10000. Accesses must be aligned and of 32 or 64
bits, others are aborted; a 64-bit access is two of 32 bits, the lower one first (6.2). Offsets in neither
table read as zero and ignore writes, including page 0's aliases of page 1; the component ID registers
0x00ff0 to 0x00ffc read 0x0d, 0xf0, 0x05, 0xb1 (6.3.170).

*Reset* and *writable* apply to the default configuration: ID registers follow from `smmu.features`, a
register that the manual resets to an UNKNOWN or IMPLEMENTATION DEFINED value is zero, and bits of features
that are not advertised are RES0. *Guard* is the field that must be clear, and acknowledged as clear, before
a write takes effect (6.2); CR1 is guarded field by field (6.3.11). A register guarded by its own Update
flag accepts a write only together with Update, at once.

)";

u64 group_at_reset(const spec::pmcg::GroupRegister& r) {
  core::Pmcg group(
      core::SmmuConfig{}, [] { return u64{0}; }, [] {});
  return group.read(r.offset, spec::size_of(r.width));
}

std::string group_markdown() {
  std::string rows;
  for (const spec::pmcg::GroupRegister& r : spec::pmcg::kGroupRegisters) {
    const std::string place = fmt::format("{:#07x}", smmu::Smmu::kPmcgBase + r.offset);
    rows += fmt::format("| {} | PMCG_{} | {} | {} | {} | {} |\n",
                        r.stride == 0 ? place : fmt::format("{} + {}n", place, r.stride), r.name, r.width,
                        r.access, hex(group_at_reset(r), r.width), r.section);
  }
  return "\n## Counter group\n\n"
         "With `smmu.features.pmcg`; without it these offsets read as zero and ignore writes. An array has " +
         std::to_string(core::Pmcg::kCounters) +
         " elements.\nAll other offsets are RAZ/WI. More in [pmcg.md](pmcg.md).\n\n"
         "| offset | register | width | access | reset | section |\n|---|---|---|---|---|---|\n" +
         rows;
}

const char* access_text(const spec::Register& r) {
  return r.access == spec::RegisterAccess::kRW ? "RW" : "RO";
}

}  // namespace

std::string fields_text(std::span<const spec::NamedField> fields) {
  std::string text;
  for (const spec::NamedField& f : fields) {
    text += text.empty() ? "" : " ";
    text += f.field.hi == f.field.lo ? fmt::format("{}[{}]", f.name, f.field.lo)
                                     : fmt::format("{}[{}:{}]", f.name, f.field.hi, f.field.lo);
  }
  return text;
}

nlohmann::json registers_json() {
  const core::RegisterFile at_reset{core::SmmuConfig{}};
  nlohmann::json out = nlohmann::json::array();
  for (const spec::Register& r : spec::kRegisters) {
    out.push_back({{"name", r.name},
                   {"offset", offset_text(r)},
                   {"width", r.width},
                   {"access", access_text(r)},
                   {"guarded_by", guard_text(r)},
                   {"section", r.section},
                   {"reset", hex(at_reset.read(r.offset, spec::size_of(r.width)), r.width)},
                   {"writable", hex(at_reset.writable(r), r.width)},
                   {"fields", fields_json(r.fields)}});
  }
  for (const spec::pmcg::GroupRegister& r : spec::pmcg::kGroupRegisters) {
    out.push_back({{"name", fmt::format("PMCG_{}", r.name)},
                   {"offset", fmt::format("{:#07x}", smmu::Smmu::kPmcgBase + r.offset)},
                   {"width", r.width},
                   {"access", r.access},
                   {"section", r.section},
                   {"reset", hex(group_at_reset(r), r.width)},
                   {"count", r.stride == 0 ? 1 : core::Pmcg::kCounters},
                   {"stride", r.stride}});
  }
  return out;
}

std::string registers_markdown() {
  const core::RegisterFile at_reset{core::SmmuConfig{}};
  std::string map, fields;
  for (const spec::Register& r : spec::kRegisters) {
    map += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", offset_text(r), r.name, r.width,
                       access_text(r), hex(at_reset.read(r.offset, spec::size_of(r.width)), r.width),
                       hex(at_reset.writable(r), r.width), guard_text(r), r.section);
    fields += fmt::format("| {} | {} |\n", r.name, fields_text(r.fields));
  }
  return std::string(kIntroduction) +
         "| offset | register | width | access | reset | writable | guard | section |\n"
         "|---|---|---|---|---|---|---|---|\n" +
         map + "\n## Fields\n\n| register | fields |\n|---|---|\n" + fields + group_markdown();
}

}  // namespace smmu_vp::tb

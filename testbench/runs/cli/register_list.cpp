// Text and data of the register map.
#include "testbench/runs/cli/register_list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "testbench/observe/inspect/record_table.h"
#include "testbench/runs/cli/register_map.h"
#include "tlm/core/pmcg.h"

namespace smmu_vp::tb {

namespace {

std::string hex(u64 value, unsigned width) {
  return fmt::format("{:#0{}x}", value, width / 4 + 2);
}

std::string offset_text(const MappedRegister& r) {
  return fmt::format("{:#07x}", r.offset);
}

constexpr const char* kIntroduction = R"(# Registers

`smmu-vp list registers --markdown` generates this page; `--json` prints the same as data, and `--format` for
other tools: `ipxact` (IEEE 1685-2014), `svd` (CMSIS-SVD) and `c`, a header with offsets, masks and shifts. A test
compares this page with the program's output.

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

constexpr const char* kGroupIntroduction = R"(
## Counter group

With `smmu.features.pmcg`; without it these offsets read as zero and ignore writes. An array has {} elements.
All other offsets are RAZ/WI. More in [pmcg.md](pmcg.md).

| offset | register | width | access | reset | section |
|---|---|---|---|---|---|
)";

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
  nlohmann::json out = nlohmann::json::array();
  for (const MappedRegister& r : register_map()) {
    out.push_back({{"name", r.name},
                   {"offset", offset_text(r)},
                   {"width", r.width},
                   {"access", to_string(r.access)},
                   {"section", r.section},
                   {"reset", hex(r.reset, r.width)},
                   {"fields", fields_json(r.fields)}});
    if (r.counter_group) {
      out.back().update({{"count", r.count}, {"stride", r.stride}});
    } else {
      out.back().update({{"guarded_by", r.guard}, {"writable", hex(r.writable, r.width)}});
    }
  }
  return out;
}

std::string registers_markdown() {
  std::string map, fields, group;
  for (const MappedRegister& r : register_map()) {
    if (r.counter_group) {
      group += fmt::format("| {}{} | {} | {} | {} | {} | {} |\n", offset_text(r),
                           r.stride == 0 ? "" : fmt::format(" + {}n", r.stride), r.name, r.width,
                           to_string(r.access), hex(r.reset, r.width), r.section);
    } else {
      map += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", offset_text(r), r.name, r.width,
                         to_string(r.access), hex(r.reset, r.width), hex(r.writable, r.width), r.guard,
                         r.section);
    }
    if (!r.fields.empty()) fields += fmt::format("| {} | {} |\n", r.name, fields_text(r.fields));
  }
  return std::string(kIntroduction) +
         "| offset | register | width | access | reset | writable | guard | section |\n"
         "|---|---|---|---|---|---|---|---|\n" +
         map + "\n## Fields\n\n| register | fields |\n|---|---|\n" + fields +
         fmt::format(kGroupIntroduction, core::Pmcg::kCounters) + group;
}

}  // namespace smmu_vp::tb

// A C header, which C++ and assembler sources can include too: only macros, of integer constants.
#include <fmt/format.h>

#include "testbench/observe/report/version.h"
#include "testbench/runs/cli/register_export.h"
#include "testbench/runs/cli/register_map.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kIntroduction =
    R"(/* Registers of the non-secure programming interface of an Arm SMMUv3 (IHI 0070).
 * Generated: smmu-vp {} list registers --format c
 *
 * SMMU_x is an offset from the SMMU's base address, SMMU_x_f_MASK the field's bits in the register,
 * SMMU_x_f_SHIFT the number of its lowest bit.
 */
#ifndef SMMU_VP_REGISTERS_H
#define SMMU_VP_REGISTERS_H
)";

std::string mask_text(u64 mask, unsigned width) {
  return width == 32 ? fmt::format("{:#010x}", mask) : fmt::format("{:#018x}", mask);
}

std::string defines_of(const MappedRegister& r) {
  std::string out = fmt::format("\n/* {}, {} bits, {}", r.section, r.width, to_string(r.access));
  if (r.stride == 0) {
    out += fmt::format(" */\n#define SMMU_{} {:#07x}\n", r.name, r.offset);
  } else {
    out += fmt::format(", n < {} */\n#define SMMU_{}(n) ({:#07x} + {} * (n))\n", r.count,
                       r.name.substr(0, r.name.size() - 1), r.offset, r.stride);
  }
  const std::string name = r.stride == 0 ? r.name : r.name.substr(0, r.name.size() - 1);
  for (const spec::NamedField& f : r.fields) {
    out += fmt::format("#define SMMU_{0}_{1}_SHIFT {2}\n#define SMMU_{0}_{1}_MASK {3}\n", name, f.name,
                       f.field.lo, mask_text(f.field.mask(), r.width));
  }
  return out;
}

}  // namespace

std::string registers_c() {
  std::string out = fmt::format(kIntroduction, kVersion);
  for (const MappedRegister& r : register_map()) out += defines_of(r);
  return out + "\n#endif\n";
}

}  // namespace smmu_vp::tb

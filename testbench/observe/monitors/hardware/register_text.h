// How violations name a register, a field and a change of value.
#pragma once

#include <fmt/format.h>

#include <string>

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

// "CR0 (0x20)"; "offset 0x9c0" where no register is.
inline std::string register_text(u64 offset) {
  const spec::Register* const r = offset <= ~u32{0} ? spec::find_register(static_cast<u32>(offset)) : nullptr;
  if (r == nullptr) return fmt::format("offset {:#x}", offset);
  return fmt::format("{} ({:#x})", r->name, offset);
}

// "CR0 (0x20) 0x1 -> 0x3".
inline std::string change_text(u64 offset, u64 before, u64 now) {
  return fmt::format("{} {:#x} -> {:#x}", register_text(offset), before, now);
}

// The fields that have one of these bits: "TABLE_SH, TABLE_OC".
inline std::string fields_text(const spec::Register& r, u64 bits) {
  std::string text;
  for (const spec::NamedField& f : r.fields) {
    if ((f.field.mask() & bits) != 0) text += (text.empty() ? "" : ", ") + std::string(f.name);
  }
  return text;
}

// What a violation begins with where there may be several SMMUs.
inline std::string smmu_text(u8 smmu) {
  return smmu == 0 ? "" : fmt::format("SMMU {}: ", smmu);
}

}  // namespace smmu_vp::tb

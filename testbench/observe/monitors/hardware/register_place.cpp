// What else happens to such accesses is CONSTRAINED UNPREDICTABLE, so that it works here proves nothing.
#include "testbench/observe/monitors/hardware/register_place.h"

#include "testbench/observe/monitors/hardware/register_text.h"

namespace smmu_vp::tb {

namespace {

std::string_view text_of(RegisterAccessKind kind) {
  return kind == RegisterAccessKind::kRead ? "read" : "write";
}

u32 in_other_page(u32 offset) {
  return offset ^ spec::kPage1;
}

}  // namespace

std::string refused_text(const trace::RegisterRefused& access) {
  return fmt::format(
      "{} of {} bytes at {}: an access has 4 bytes, or 8 of a 64-bit register, and is aligned to its size "
      "(6.2)",
      access.write ? "write" : "read", access.bytes, register_text(access.offset));
}

std::vector<std::string> place_faults(u32 offset, spec::RegisterSize size, RegisterAccessKind kind) {
  std::vector<std::string> faults;
  const spec::Register* const here = spec::find_register(offset);
  if (size == spec::RegisterSize::k64) {
    const spec::Register* const next = spec::find_register(offset + 4);
    if (here != next)
      faults.push_back(fmt::format("64-bit {} of {}, which has 32 bits: CONSTRAINED UNPREDICTABLE (6.2)",
                                   text_of(kind), register_text(here != nullptr ? offset : offset + 4)));
  }
  if (here != nullptr) return faults;
  const spec::Register* const other = spec::find_register(in_other_page(offset));
  // Page 0 is RES0 where neither page has a register.
  if (other != nullptr && (offset >= spec::kPage1 || other->offset >= spec::kPage1)) {
    faults.push_back(fmt::format("{} of offset {:#x} in place of {}: the pages need not alias (6.2)",
                                 text_of(kind), offset, register_text(in_other_page(offset))));
  } else if (offset >= spec::kPage1) {
    faults.push_back(
        fmt::format("{} of offset {:#x}, where page 1 has no register: CONSTRAINED UNPREDICTABLE (6.2)",
                    text_of(kind), offset));
  }
  return faults;
}

std::optional<std::string> nowhere_fault(u32 offset, u64 value) {
  // Left out: what is IMPLEMENTATION DEFINED, identification, the Secure registers (6.2.1), and the other page's.
  const bool undefined = offset < 0xE00 || (offset >= 0xF00 && offset < spec::kIdRegs);
  if (value == 0 || !undefined || spec::find_register(in_other_page(offset)) != nullptr) return std::nullopt;
  return fmt::format("{:#x} written to offset {:#x}, where no register is: it is RES0 (6.2)", value, offset);
}

}  // namespace smmu_vp::tb

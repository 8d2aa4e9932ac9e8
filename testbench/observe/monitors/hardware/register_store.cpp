// 6.2: what is Reserved must be written as zero.
#include "testbench/observe/monitors/hardware/register_store.h"

#include "testbench/observe/monitors/hardware/register_text.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/register_rules.h"

namespace smmu_vp::tb {

namespace {

// Address bits beyond the output size are RES0 (6.3.24 and others); hint bits stand above all addresses.
u64 beyond_output_size(unsigned bits) {
  return (u64{1} << 56) - (u64{1} << bits);
}

}  // namespace

std::vector<std::string> reserved_faults(const RegisterStore& s, const MachineTraits& machine) {
  const spec::Register& r = s.reg;
  const auto change = [&s] { return change_text(s.offset, s.before, s.value); };  // for violations alone
  if (r.access == spec::RegisterAccess::kRO) {
    if (!machine.strict) return {};
    return {change() + ": the register is read-only and ignores it (6.2)"};
  }
  std::vector<std::string> faults;
  if (const u64 bits = s.value & ~r.defined())
    faults.push_back(fmt::format("{} sets Reserved bits {:#x}, which must be written as zero (6.2, {})",
                                 change(), bits, r.section));
  const u64 absent = r.defined() & ~spec::present(r, machine.id_register);
  if (const u64 bits = s.value & absent; bits != 0 && machine.strict)
    faults.push_back(fmt::format("{} sets {}, which is RES0 with these ID registers ({})", change(),
                                 fields_text(r, bits), r.section));
  const u64 oas = spec::IDR5::OAS.get(u64{machine.id_register(spec::offset::IDR5)});
  if (r.width == 64 && oas < spec::kAddressSizeBits.size()) {
    const unsigned bits = spec::kAddressSizeBits[oas];
    if ((s.value & beyond_output_size(bits) & r.defined()) != 0)
      faults.push_back(fmt::format("{} is an address beyond the output size of {} bits (IDR5.OAS, {})",
                                   change(), bits, r.section));
  }
  for (const spec::ReservedValues& reserved : spec::kReservedValues) {
    if (reserved.offset != r.offset) continue;
    const u64 value = reserved.field.get(s.value);
    if ((reserved.values >> value & 1) != 0)
      faults.push_back(fmt::format("{} gives {} the Reserved value {:#b} ({})", change(),
                                   fields_text(r, reserved.field.mask()), value, r.section));
  }
  return faults;
}

}  // namespace smmu_vp::tb

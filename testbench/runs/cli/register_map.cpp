// All values come from the tables of registers, and from a register file and a counter group at reset.
#include "testbench/runs/cli/register_map.h"

#include <fmt/format.h>

#include "tlm/core/pmcg.h"
#include "tlm/core/register_file.h"
#include "tlm/smmu/smmu.h"
#include "tlm/spec/pmcg_registers.h"

namespace smmu_vp::tb {

namespace {

// The field that must be clear before a write takes effect. A register guarded by its own field has an Update flag.
std::string guard_text(const spec::Register& r) {
  const spec::Guard* guard = r.guard();
  if (guard == nullptr) return {};
  const spec::Register* by = spec::find_register(guard->offset);
  for (const spec::NamedField& f : by->fields) {
    if (f.field.lo == guard->field.lo) return fmt::format("{}.{}", by->name, f.name);
  }
  return {};
}

MappedRegister mapped(const spec::Register& r, const core::RegisterFile& at_reset) {
  return {.name = r.name,
          .offset = r.offset,
          .width = r.width,
          .access = r.access,
          .section = r.section,
          .fields = r.fields,
          .reset = at_reset.read(r.offset, spec::size_of(r.width)),
          .writable = at_reset.writable(r),
          .guard = guard_text(r)};
}

MappedRegister mapped(const spec::pmcg::GroupRegister& r, core::Pmcg& at_reset) {
  return {.name = fmt::format("PMCG_{}", r.name),
          .offset = smmu::Smmu::kPmcgBase + r.offset,
          .width = r.width,
          .access = r.access,
          .section = r.section,
          .fields = r.fields,
          .write = r.write,
          .reset = at_reset.read(r.offset, spec::size_of(r.width)),
          .counter_group = true,
          .count = r.stride == 0 ? 1 : core::Pmcg::kCounters,
          .stride = r.stride,
          .writable = 0,
          .guard = {}};
}

bool overlap(const spec::Field& a, const spec::Field& b) {
  return a.lo <= b.hi && b.lo <= a.hi;
}

}  // namespace

std::vector<MappedRegister> register_map() {
  std::vector<MappedRegister> all;
  const core::RegisterFile at_reset{core::SmmuConfig{}};
  for (const spec::Register& r : spec::kRegisters) all.push_back(mapped(r, at_reset));
  core::Pmcg group(
      core::SmmuConfig{}, [] { return u64{0}; }, [] {});
  for (const spec::pmcg::GroupRegister& r : spec::pmcg::kGroupRegisters) all.push_back(mapped(r, group));
  return all;
}

std::vector<std::vector<spec::NamedField>> field_views(const MappedRegister& r) {
  if (r.fields.empty()) {
    const spec::NamedField whole =
        r.width == 32 ? spec::NamedField{"VALUE", {31, 0}} : spec::NamedField{"VALUE", {63, 0}};
    return {{whole}};
  }
  std::vector<std::vector<spec::NamedField>> views(1);
  for (const spec::NamedField& f : r.fields) {
    for (const spec::NamedField& earlier : views.back()) {
      if (!overlap(earlier.field, f.field)) continue;
      views.emplace_back();
      break;
    }
    views.back().push_back(f);
  }
  return views;
}

const char* xml_name(spec::RegisterAccess access) {
  switch (access) {
    case spec::RegisterAccess::kRO:
      return "read-only";
    case spec::RegisterAccess::kRW:
      return "read-write";
    case spec::RegisterAccess::kWO:
      return "write-only";
  }
  return nullptr;
}

const char* xml_name(spec::WriteEffect effect) {
  switch (effect) {
    case spec::WriteEffect::kReplace:
      return nullptr;
    case spec::WriteEffect::kOneSets:
      return "oneToSet";
    case spec::WriteEffect::kOneClears:
      return "oneToClear";
  }
  return nullptr;
}

}  // namespace smmu_vp::tb

// One line for each format.
#include "testbench/runs/cli/register_export.h"

namespace smmu_vp::tb {

namespace {

struct Format {
  std::string_view name;
  std::string (*text)();
};
constexpr Format kFormats[] = {{"ipxact", registers_ipxact}, {"svd", registers_svd}, {"c", registers_c}};

}  // namespace

std::vector<std::string> register_formats() {
  std::vector<std::string> names;
  for (const Format& f : kFormats) names.emplace_back(f.name);
  return names;
}

std::string registers_as(std::string_view format) {
  for (const Format& f : kFormats) {
    if (f.name == format) return f.text();
  }
  return {};
}

}  // namespace smmu_vp::tb

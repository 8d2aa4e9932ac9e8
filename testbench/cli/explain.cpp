// Looks a name up in every list.
#include "testbench/cli/explain.h"

#include <fmt/format.h>

#include "testbench/cli/list.h"
#include "testbench/cli/register_list.h"
#include "testbench/config/config_error.h"
#include "testbench/report/text.h"

namespace smmu_vp::tb {

namespace {

// "endpoint.1.channels" is documented as "endpoint.N.channels".
std::string generic(std::string name) {
  constexpr std::string_view kPrefix = "endpoint.";
  if (!name.starts_with(kPrefix)) return name;
  const std::size_t end = name.find('.', kPrefix.size());
  if (end == std::string::npos) return name;
  return std::string(kPrefix) + "N" + name.substr(end);
}

}  // namespace

std::string explain(const std::string& topic) {
  const std::string name = generic(topic);
  std::string out;
  for (const std::string& kind : list_topics()) {
    for (const Listed& l : listed(kind)) {
      if (l.name != name) continue;
      out += fmt::format("{} ({})\n  {}\n", l.name, kind, wrapped(l.line, 110, 2));
      for (const auto& [detail, value] : l.details) {
        out += fmt::format("  {:<10} {}\n", detail, wrapped(value, 110, 13));
      }
      if (!l.fields.empty())
        out += fmt::format("  {:<10} {}\n", "fields", wrapped(fields_text(l.fields), 110, 13));
    }
  }
  if (out.empty()) throw ConfigError("nothing is called '" + topic + "'; see `smmu-vp list`");
  return out;
}

}  // namespace smmu_vp::tb

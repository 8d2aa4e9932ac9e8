// Looks up a name in every list.
#include "testbench/runs/cli/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "testbench/machine/config/assign.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/observe/report/text.h"
#include "testbench/runs/cli/field_list.h"
#include "testbench/runs/cli/list.h"
#include "testbench/runs/cli/register_list.h"

namespace smmu_vp::tb {

namespace {

// "endpoint.1.channels" is documented as "endpoint.N.channels", "ep0.atc.hits" as "epN.atc.hits".
std::string generic(const std::string& name) {
  for (const std::string_view prefix : {"endpoint.", "ep", "root_port"}) {
    if (!name.starts_with(prefix)) continue;
    const std::size_t end = name.find_first_not_of("0123456789", prefix.size());
    if (end != std::string::npos && end != prefix.size() && name[end] == '.')
      return std::string(prefix) + "N" + name.substr(end);
  }
  return name;
}

// Parts of operations can be looked up too: "atc+sync".
std::string parts_called(const std::string& name) {
  std::string out;
  for (const Listed& operation : listed("latencies")) {
    for (const auto& [part, text] : operation.details)
      if (part == name)
        out += fmt::format("{} (part of {})\n  {}\n", part, operation.name, wrapped(text, 110, 2));
  }
  return out;
}

// Columns of tables: "unmap.tlbi".
std::string columns_called(const std::string& name) {
  std::string out;
  for (const Listed& table : listed("tables")) {
    for (const auto& [column, text] : table.details)
      if (table.name + "." + column == name)
        out += fmt::format("{} (column of table {})\n  {}\n", column, table.name, wrapped(text, 110, 2));
  }
  return out;
}

// "S1DSS", "STE.S1DSS" or "CR0.SMMUEN".
std::string fields_called(const std::string& name) {
  std::string out;
  for (const ListedField& f : all_fields()) {
    if (f.name != name && f.owner + "." + f.name != name) continue;
    const std::string bits =
        f.msb == f.lsb ? fmt::format("bit {}", f.lsb) : fmt::format("bits {}:{}", f.msb, f.lsb);
    out += fmt::format("{}.{} (field of {} {})\n  {}; section {}\n", f.owner, f.name,
                       std::string_view("aeiou").find(f.kind[0]) != std::string_view::npos ? "an" : "a",
                       f.kind, bits, f.section);
  }
  return out;
}

// Up to three names that are close enough to `name` to be suggested.
std::string near(const std::string& name) {
  std::multimap<std::size_t, std::string> nearest;
  const auto consider = [&](const std::string& candidate) {
    const std::size_t distance =
        candidate.find(name) != std::string::npos && name.size() > 2 ? 1 : edit_distance(name, candidate);
    if (distance <= name.size() / 3 + 1) nearest.emplace(distance, candidate);
  };
  for (const std::string& kind : list_topics())
    for (const Listed& l : listed(kind)) consider(l.name);
  for (const ListedField& f : all_fields()) consider(f.name);
  std::vector<std::string> shown;
  for (const auto& [distance, candidate] : nearest) {
    if (std::find(shown.begin(), shown.end(), candidate) == shown.end() && shown.size() < 3)
      shown.push_back(candidate);
  }
  return shown.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(shown, ", "));
}

}  // namespace

std::string explain(const std::string& topic) {
  // The manual's register names have a prefix.
  constexpr std::string_view kPrefix = "SMMU_";
  const std::string name = generic(topic.starts_with(kPrefix) ? topic.substr(kPrefix.size()) : topic);
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
  out += parts_called(name) + columns_called(name) + fields_called(name);
  if (out.empty())
    throw ConfigError("nothing is called '" + topic + "'" + near(name) + "; see `smmu-vp list --help`");
  return out;
}

}  // namespace smmu_vp::tb

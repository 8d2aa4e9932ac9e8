// Values are written as `--set` takes them.
#include "testbench/runs/sweep/axis_values.h"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

constexpr std::int64_t kMostValues = 10'000;

// Arrays as TOML; a string without its quotes, as --set reads words.
std::string value_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  std::ostringstream out;
  node.visit([&](const auto& n) { out << n; });
  return out.str();
}

AxisValue value_of(const std::string& key, const toml::node& node) {
  const std::string text = value_text(node);
  return {.label = text,
          .number = node.is_number() ? node.value<double>() : std::nullopt,
          .settings = {key + "=" + text}};
}

void add_settings(const std::string& path, const toml::node& node, std::vector<std::string>& settings) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return settings.push_back(path + "=" + value_text(node));
  for (const auto& [name, child] : *table)
    add_settings(path.empty() ? std::string(name.str()) : fmt::format("{}.{}", path, name.str()), child,
                 settings);
}

}  // namespace

std::vector<std::string> settings_of(const std::string& place, const toml::node& table) {
  if (!table.is_table()) throw ConfigError(place + ": expected a table of keys");
  std::vector<std::string> settings;
  add_settings("", table, settings);
  return settings;
}

std::vector<AxisValue> listed_values(const AxisKey& axis, const toml::node& list) {
  const toml::array* array = list.as_array();
  if (array == nullptr || array->empty())
    throw ConfigError(axis.place + ": list: expected values in brackets");
  std::vector<AxisValue> values;
  for (const toml::node& node : *array) values.push_back(value_of(axis.key, node));
  return values;
}

std::vector<AxisValue> spaced_values(const AxisKey& axis, const toml::node& spacing, bool logarithmic) {
  const toml::table* table = spacing.as_table();
  const auto node = [&](std::string_view name) { return table ? table->get(name) : nullptr; };
  const toml::node *from = node("from"), *to = node("to"), *points = node("points");
  const std::int64_t count = points ? points->value_exact<std::int64_t>().value_or(0) : 0;
  const std::string kind = logarithmic ? "log" : "linear";
  if (table == nullptr || table->size() != 3 || !from || !to || !from->is_number() || !to->is_number() ||
      count < 2 || count > kMostValues)
    throw ConfigError(fmt::format("{}: {}: expected {{from = A, to = B, points = N}}, with N from 2 to {}",
                                  axis.place, kind, kMostValues));
  const double first = *from->value<double>(), last = *to->value<double>();
  if (logarithmic && !(first > 0 && last > 0))
    throw ConfigError(fmt::format("{}: log: from {} to {}: both must be above 0", axis.place, first, last));
  const bool whole = from->is_integer() && to->is_integer();
  std::vector<AxisValue> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    double value = logarithmic ? first * std::pow(last / first, share) : first + (last - first) * share;
    if (whole) value = std::round(value);
    const std::string text = whole ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
    if (!values.empty() && values.back().label == text) continue;
    values.push_back({.label = text, .number = value, .settings = {fmt::format("{}={}", axis.key, text)}});
  }
  return values;
}

std::vector<AxisValue> case_values(const std::string& place, const toml::node& list) {
  const toml::array* array = list.as_array();
  if (array == nullptr || array->empty()) throw ConfigError(place + ": cases: expected tables in brackets");
  std::vector<AxisValue> values;
  for (const toml::node& node : *array) {
    const toml::table* table = node.as_table();
    const auto name = table ? (*table)["name"].value_exact<std::string>() : std::nullopt;
    if (!name) throw ConfigError(place + ": cases: each one needs a name = \"…\"");
    toml::table keys = *table;
    keys.erase("name");
    values.push_back({.label = *name, .number = {}, .settings = settings_of(place, keys)});
  }
  return values;
}

}  // namespace smmu_vp::tb

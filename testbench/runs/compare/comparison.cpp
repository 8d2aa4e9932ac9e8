// Two runs are points of the same name; sweeps have those in common that have the same values on their axes.
#include "testbench/runs/compare/comparison.h"

#include <algorithm>
#include <set>

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

std::optional<Spread> spread(const std::vector<Measures>& seeds, const std::string& measure) {
  Spread s;
  for (const Measures& m : seeds) {
    const auto it = m.numbers.find(measure);
    if (it == m.numbers.end()) continue;
    s.low = s.count == 0 ? it->second : std::min(s.low, it->second);
    s.high = s.count == 0 ? it->second : std::max(s.high, it->second);
    s.mean += it->second;
    ++s.count;
  }
  if (s.count == 0) return std::nullopt;
  s.mean /= static_cast<double>(s.count);
  return s;
}

std::string unit_of(const std::vector<Measures>& seeds, const std::string& measure) {
  for (const Measures& m : seeds)
    if (const auto it = m.units.find(measure); it != m.units.end()) return it->second;
  return "";
}

ComparedPoint compared(const std::string& label, const std::vector<Measures>& a,
                       const std::vector<Measures>& b) {
  ComparedPoint point{.label = label, .differences = {}};
  std::set<std::string> names;
  for (const auto* side : {&a, &b})
    for (const Measures& m : *side)
      for (const auto& [name, value] : m.numbers) names.insert(name);
  for (const std::string& name : names) {
    ++point.compared;
    Difference d{
        .measure = name, .unit = unit_of(a, name), .a = spread(a, name), .b = spread(b, name), .percent = {}};
    if (d.unit.empty()) d.unit = unit_of(b, name);
    if (d.a && d.b) {
      if (d.a->mean == d.b->mean && d.a->low == d.b->low && d.a->high == d.b->high) continue;
      d.beyond_spread = d.a->high < d.b->low || d.b->high < d.a->low;
      if (d.a->mean != 0) d.percent = 100 * (d.b->mean / d.a->mean - 1);
    }
    point.differences.push_back(std::move(d));
  }
  return point;
}

// The value that all runs of a side have in common.
json common(const Side& side, const std::string& key) {
  std::optional<json> value;
  for (const auto& [label, seeds] : side.points) {
    for (const Measures& m : seeds) {
      const auto it = m.config.find(key);
      if (it == m.config.end() || (value && *value != it->second)) return nullptr;
      value = it->second;
    }
  }
  return value.value_or(nullptr);
}

std::vector<KeyDifference> key_differences(const Side& a, const Side& b) {
  std::set<std::string> keys;
  for (const Side* side : {&a, &b})
    for (const auto& [label, seeds] : side->points)
      for (const Measures& m : seeds)
        for (const auto& [key, value] : m.config) keys.insert(key);
  std::vector<KeyDifference> out;
  for (const std::string& key : keys) {
    KeyDifference d{key, common(a, key), common(b, key)};
    if (d.a != d.b) out.push_back(std::move(d));
  }
  return out;
}

}  // namespace

Comparison compare(const Side& a, const Side& b) {
  Comparison out;
  out.keys = key_differences(a, b);
  for (const auto& [label, seeds] : a.points) {
    const auto other = b.points.find(label);
    if (other == b.points.end())
      out.only_a.push_back(label);
    else
      out.points.push_back(compared(label, seeds, other->second));
  }
  for (const auto& [label, seeds] : b.points)
    if (!a.points.contains(label)) out.only_b.push_back(label);
  for (const Side* side : {&a, &b})
    for (const auto& [label, seeds] : side->points)
      for (const Measures& m : seeds) out.uncalibrated = out.uncalibrated || m.uncalibrated;
  return out;
}

}  // namespace smmu_vp::tb

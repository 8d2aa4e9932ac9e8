// The values of an axis: listed, spaced evenly or by a constant factor, or cases of several keys each.
#pragma once

#include <string>
#include <vector>

#include <toml++/toml.h>

#include "testbench/runs/sweep/sweep_file.h"

namespace smmu_vp::tb {

// All throw ConfigError, which names `place`.

// The settings of a table of keys, nested or dotted: {cpu = {count = 4}} is cpu.count=4.
std::vector<std::string> settings_of(const std::string& place, const toml::node& table);

// The key that an axis moves, and where the file says so.
struct AxisKey {
  std::string place, key;
};
std::vector<AxisValue> listed_values(const AxisKey& axis, const toml::node& list);
// {from, to, points}. Between whole numbers every value is rounded to one, and none comes twice.
std::vector<AxisValue> spaced_values(const AxisKey& axis, const toml::node& spacing, bool logarithmic);
// [{name = "…", keys…}, …]
std::vector<AxisValue> case_values(const std::string& place, const toml::node& list);

}  // namespace smmu_vp::tb

// What a run measured, as numbers with dotted names: "latency.dma.mean_ps", "counters.smmu.walks", "sim_time_ps",
// "table.traffic.bandwidth"; and its configuration, flat: "cpu.count".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace smmu_vp::tb {

// A table of measurements in summary.json. A cell is a number or a text.
struct RecordedTable {
  struct Column {
    std::string name, unit;
  };
  std::string name, title;
  std::vector<Column> columns;
  std::vector<std::vector<nlohmann::json>> rows;
};

struct Measures {
  std::string scenario, status, version;
  bool uncalibrated = false;              // some duration or rate of the machine has no published source
  std::map<std::string, double> numbers;  // of a table with several rows none
  std::vector<RecordedTable> tables;
  std::map<std::string, nlohmann::json> config;  // arrays are one value, but for `endpoint`: endpoint.0.kind
  std::map<std::string, std::string> units;      // of those numbers that have one
};

// `summary` is that of a run. Throws ConfigError, which names `place`, if it is none.
Measures measures_of(const nlohmann::json& summary, const std::string& place);

// Reads a JSON file. Throws ConfigError.
nlohmann::json read_json(const std::string& path);

}  // namespace smmu_vp::tb

// Reads the members of summary.json that testbench/observe/report/summary.cpp writes.
#include "testbench/runs/sweep/measures.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

void flatten(const std::string& path, const json& value, std::map<std::string, json>& out) {
  const bool list_of_objects = value.is_array() && !value.empty() && value.front().is_object();
  if (!value.is_object() && !list_of_objects) {
    out[path] = value;
    return;
  }
  std::size_t index = 0;
  for (const auto& [name, child] : value.items())
    flatten(fmt::format("{}{}{}", path, path.empty() ? "" : ".",
                        list_of_objects ? std::to_string(index++) : name),
            child, out);
}

void add_latency(const json& operations, Measures& out) {
  for (const auto& [operation, summary] : operations.items()) {
    for (const auto& [name, value] : summary.items()) {
      if (!value.is_number()) continue;
      out.numbers[fmt::format("latency.{}.{}", operation, name)] = value.get<double>();
    }
    const json parts = summary.value("parts", json::object());
    for (const auto& [part, ps] : parts.items())
      out.numbers[fmt::format("latency.{}.parts.{}_ps", operation, part)] = ps.get<double>();
  }
}

RecordedTable table_of(const json& entry) {
  RecordedTable table{.name = entry.at("name"), .title = entry.at("title"), .columns = {}, .rows = {}};
  for (const json& column : entry.at("columns"))
    table.columns.push_back({column.at("name"), column.at("unit")});
  for (const json& row : entry.at("rows")) table.rows.emplace_back(row.begin(), row.end());
  return table;
}

}  // namespace

Measures measures_of(const json& summary, const std::string& place) {
  try {
    Measures out;
    out.scenario = summary.at("scenario");
    out.status = summary.at("status");
    out.version = summary.at("version");
    out.numbers["sim_time_ps"] = summary.at("sim_time_ps").get<double>();
    for (const auto& [name, value] : summary.at("counters").items())
      out.numbers["counters." + name] = value.get<double>();
    add_latency(summary.at("latency"), out);
    for (const auto& [name, value] : out.numbers)
      if (name.ends_with("_ps")) out.units[name] = "ps";
    for (const json& entry : summary.at("tables")) {
      out.tables.push_back(table_of(entry));
      const RecordedTable& table = out.tables.back();
      if (table.rows.size() != 1) continue;
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        if (!table.rows[0][c].is_number()) continue;
        const std::string name = fmt::format("table.{}.{}", table.name, table.columns[c].name);
        out.numbers[name] = table.rows[0][c].get<double>();
        if (!table.columns[c].unit.empty()) out.units[name] = table.columns[c].unit;
      }
    }
    flatten("", summary.at("config"), out.config);
    const json sources = summary.value("sources", json::object());
    for (const auto& [key, source] : sources.items())
      out.uncalibrated = out.uncalibrated || source.at("kind") == "uncalibrated";
    return out;
  } catch (const json::exception& e) {
    throw ConfigError(fmt::format("{}: not the summary of a run: {}", place, e.what()));
  }
}

json read_json(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw ConfigError(fmt::format("{}: {}", path, std::strerror(errno)));
  try {
    return json::parse(file);
  } catch (const json::exception& e) {
    throw ConfigError(fmt::format("{}: {}", path, e.what()));
  }
}

}  // namespace smmu_vp::tb

// Collects names from the same tables that the code uses.
#include "testbench/runs/cli/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "testbench/machine/config/load.h"
#include "testbench/observe/inspect/record_table.h"
#include "testbench/observe/report/text.h"
#include "testbench/observe/trace_sinks/cpu_store.h"
#include "testbench/runs/cli/measure_list.h"
#include "testbench/runs/cli/monitor_list.h"
#include "testbench/runs/cli/register_list.h"
#include "testbench/runs/cli/register_map.h"
#include "testbench/runs/gauntlet/planted_bug.h"
#include "testbench/runs/run/met_interleavings.h"
#include "testbench/runs/scenarios/scenario.h"
#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/misbehaviour.h"
#include "tlm/trace/facts.h"

namespace smmu_vp::tb {

namespace {

Listed of_key(const Key& key, const Config& config, std::size_t index = 0) {
  Listed l{key.name, key.help, {}};
  l.details.emplace_back("default", value_text(key, config, index));
  if (!key.unit.empty()) l.details.emplace_back("unit", key.unit);
  if (const std::string limits = limit_text(key); !limits.empty()) l.details.emplace_back("range", limits);
  if (has_source(key)) {
    const Source source = source_in(key, key.name, config);
    l.details.emplace_back(
        "source", std::string(name_of(source.kind)) + (source.text.empty() ? "" : ": " + source.text));
  }
  return l;
}

std::vector<Listed> config_keys() {
  std::vector<Listed> all;
  const Config config;
  for (const Key& key : platform_keys()) all.push_back(of_key(key, config));
  for (const Scenario& s : scenarios()) {
    Config own;
    for (const ScenarioParameter& p : s.parameters) {
      own.scenario[p.name] = p.fallback;
      Listed l = of_key(key_of(p), own);
      l.details.emplace_back("scenario", s.name);
      all.push_back(std::move(l));
    }
  }
  return all;
}

std::vector<Listed> config_keys_of(const Scenario& scenario) {
  const Config config =
      load_config({.defaults = scenario.defaults, .file = {}, .overrides = {}}, scenario.parameters);
  // The names of the keys that the scenario sets.
  std::vector<std::string> set;
  for (const std::string& text : scenario.defaults) set.push_back(text.substr(0, text.find('=')));
  std::vector<Key> keys = platform_keys();
  for (const ScenarioParameter& p : scenario.parameters) keys.push_back(key_of(p));

  std::vector<Listed> all;
  const auto add = [&](const Key& key, const std::string& name, const Listed& l) {
    all.push_back(l);
    all.back().name = name;
    if (std::find(set.begin(), set.end(), name) != set.end() || key.name.starts_with("scenario."))
      all.back().details.emplace_back("scenario", "set by " + scenario.name);
  };
  for (const Key& key : keys) {
    constexpr std::string_view kEach = "endpoint.N.";
    if (!key.name.starts_with(kEach)) {
      add(key, key.name, of_key(key, config));
      continue;
    }
    for (std::size_t n = 0; n < config.endpoints.size(); ++n)
      add(key, fmt::format("endpoint.{}.{}", n, key.name.substr(kEach.size())), of_key(key, config, n));
  }
  return all;
}

std::vector<Listed> scenario_list() {
  std::vector<Listed> all;
  for (const Scenario& s : scenarios()) {
    Listed l{s.name, s.description, {}};
    for (const std::string& d : s.defaults) l.details.emplace_back("sets", d);
    for (const ScenarioParameter& p : s.parameters) l.details.emplace_back("scenario." + p.name, p.help);
    all.push_back(std::move(l));
  }
  return all;
}

Listed table(const TableKind& kind, const std::string& scenario) {
  Listed l{std::string(kind.name), std::string(kind.help), {{"scenario", scenario}}};
  for (const TableKind::Column& c : kind.columns) {
    std::string text(c.help);
    if (c.unit != Unit::kNone) text += fmt::format(" [{}]", name_of(c.unit));
    if (!c.part_of.empty()) text += fmt::format(" (part of {})", c.part_of);
    l.details.emplace_back(c.name, std::move(text));
  }
  return l;
}

std::vector<Listed> tables() {
  std::vector<Listed> all = {table(interleavings_kind(), "every one")};
  for (const Scenario& s : scenarios())
    for (const TableKind* kind : s.tables) all.push_back(table(*kind, s.name));
  return all;
}

std::vector<Listed> bugs() {
  std::vector<Listed> all;
  for (const PlantedBug& b : planted_bugs()) {
    Listed l{std::string(b.name), std::string(b.description), {{"key", std::string(b.key)}}};
    if (!b.source.empty()) l.details.emplace_back("after", b.source);
    l.details.emplace_back("scenario", b.shows.scenario);
    std::string settings;
    for (const std::string_view setting : b.shows.settings)
      if (!setting.empty()) settings += fmt::format("{}{}", settings.empty() ? "" : ", ", setting);
    if (!settings.empty()) l.details.emplace_back("settings", settings);
    all.push_back(std::move(l));
  }
  return all;
}

std::vector<Listed> misbehaviours() {
  std::vector<Listed> all;
  all.reserve(spec::kMisbehaviours.size());
  for (const spec::MisbehaviourInfo& m : spec::kMisbehaviours) {
    all.push_back(
        {std::string(m.name), std::string(m.help), {{"contained by", std::string(m.contained_by)}}});
  }
  return all;
}

template <typename Table>
std::vector<Listed> records(const Table& table, const char* what) {
  std::vector<Listed> all;
  for (const auto& entry : table) {
    u64 number = 0;
    if constexpr (requires { entry.opcode; }) {
      number = static_cast<u64>(entry.opcode);
    } else {
      number = static_cast<u64>(entry.id);
    }
    all.push_back({entry.name,
                   fmt::format("{} {:#04x}, section {}", what, number, entry.section),
                   {{"number", fmt::format("{:#04x}", number)}, {"section", entry.section}},
                   entry.fields});
  }
  return all;
}

std::vector<Listed> registers() {
  std::vector<Listed> all;
  for (const MappedRegister& r : register_map()) {
    all.push_back({r.name,
                   fmt::format("offset {:#07x}{}, {} bits, section {}", r.offset,
                               r.stride == 0 ? "" : fmt::format(" + {}n", r.stride), r.width, r.section),
                   {},
                   r.fields});
  }
  return all;
}

// The type of a field as written in events.jsonl.
template <typename T>
std::string_view kind_of_value() {
  if constexpr (std::is_same_v<T, trace::Hex>) return "hex";
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_arithmetic_v<T>) return "number";
  return "text";
}

template <typename Fact>
Listed of_fact() {
  std::string fields;
  Fact{}.visit([&fields](std::string_view name, const auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    fields += fmt::format("{}{} ({})", fields.empty() ? "" : ", ", name, kind_of_value<Value>());
  });
  return {std::string(Fact::kName), fields, {}};
}

template <typename... Facts>
std::vector<Listed> facts_of(const std::variant<Facts...>*) {
  return {of_fact<Facts>()...};
}

std::vector<Listed> facts() {
  std::vector<Listed> all = facts_of(static_cast<const trace::AnyFact*>(nullptr));
  all.push_back(of_fact<CpuStore>());
  return all;
}

std::string printed(const std::vector<Listed>& all, bool json) {
  if (json) {
    nlohmann::json out = nlohmann::json::array();
    for (const Listed& l : all) {
      nlohmann::json entry = {{"name", l.name}, {"description", l.line}};
      for (const auto& [name, value] : l.details) entry[name] = value;
      if (!l.fields.empty()) entry["fields"] = fields_json(l.fields);
      out.push_back(std::move(entry));
    }
    return out.dump(1) + "\n";
  }
  std::size_t width = 0;
  for (const Listed& l : all) width = std::max(width, l.name.size());
  std::string out;
  for (const Listed& l : all) {
    std::string line = l.line;
    for (const auto& [name, value] : l.details) {
      if (name == "default") line += " [" + value + "]";
      if (name == "unit" || name == "range") line += fmt::format(" {{{}}}", value);
      if (name == "source") line += " (" + value + ")";
      if (name == "scenario" || name == "key") line += " (" + value + ")";
    }
    out += fmt::format("{:<{}}  {}\n", l.name, width, wrapped(line, 110, width + 2));
  }
  return out;
}

}  // namespace

std::vector<std::string> list_topics() {
  return {"scenarios", "bugs",  "monitors",  "misbehaviours", "config",    "events",
          "commands",  "facts", "registers", "counters",      "latencies", "tables"};
}

std::vector<Listed> listed(const std::string& topic) {
  if (topic == "scenarios") return scenario_list();
  if (topic == "bugs") return bugs();
  if (topic == "monitors") return monitors_listed();
  if (topic == "misbehaviours") return misbehaviours();
  if (topic == "config") return config_keys();
  if (topic == "events") return records(spec::kEvents, "event");
  if (topic == "facts") return facts();
  if (topic == "counters") return counter_list();
  if (topic == "latencies") return latency_list();
  if (topic == "tables") return tables();
  if (topic == "commands") return records(spec::kCommands, "opcode");
  return registers();
}

std::string list(const std::string& topic, bool json) {
  if (json && topic == "registers") return registers_json().dump(1) + "\n";
  return printed(listed(topic), json);
}

std::string list_config_of(const std::string& scenario, bool json) {
  const Scenario* found = find_scenario(scenario);
  if (!found) throw ConfigError("unknown scenario '" + scenario + "'; see `smmu-vp list scenarios`");
  return printed(config_keys_of(*found), json);
}

}  // namespace smmu_vp::tb

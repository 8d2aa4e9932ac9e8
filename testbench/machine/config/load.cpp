// Reads configuration values, finds their keys and stores them; errors name place, key and limit.
#include "testbench/machine/config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <toml++/toml.h>

#include "testbench/machine/config/assign.h"
#include "testbench/machine/config/check.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kMaxEndpoints = 16;

class Loader {
 public:
  explicit Loader(const std::vector<ScenarioParameter>& parameters) : keys_(platform_keys()) {
    for (const ScenarioParameter& p : parameters) {
      config_.scenario.emplace(p.name, p.fallback);
      keys_.push_back(key_of(p));
    }
  }

  void file(const std::string& path) {
    toml::table table;
    if (std::filesystem::is_directory(path)) throw ConfigError(path + ": is a directory");
    try {
      table = toml::parse_file(path);
    } catch (const toml::parse_error& e) {
      const auto& at = e.source().begin;
      const std::string where = at ? fmt::format("{}:{}", path, at.line) : path;
      throw ConfigError(fmt::format("{}: {}", where, e.description()));
    }
    if (const toml::node* endpoints = table.get("endpoint"); endpoints && endpoints->is_array()) {
      const std::size_t n = endpoints->as_array()->size();
      if (n > kMaxEndpoints) {
        throw ConfigError(fmt::format("{}: endpoint: {} tables, at most {}", path, n, kMaxEndpoints));
      }
      // The file's tables define all endpoints. Each starts from the default endpoint with the same number.
      config_.endpoints.resize(std::min(n, config_.endpoints.size()));
      while (config_.endpoints.size() < n) add_endpoint();
    }
    const toml::node* const sources = table.get("sources");
    descend(path, "", table);
    if (sources != nullptr) read_sources(path, *sources);
  }

  void assignment(const std::string& origin, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw ConfigError(fmt::format("{} {}: expected key=value", origin, text));
    }
    const std::string key = text.substr(0, equals), value = text.substr(equals + 1);
    // Words may be written without quotes.
    toml::table table;
    try {
      table = toml::parse("v = " + value);
    } catch (const toml::parse_error&) {
      table.insert_or_assign("v", value);
    }
    if (table.size() != 1)
      throw ConfigError(fmt::format("{}: {} = {}: one value expected", origin, key, value));
    descend(origin, key, *table.get("v"));
  }

  Config finish() && {
    check(config_);
    return std::move(config_);
  }

 private:
  void descend(const std::string& origin, const std::string& path, const toml::node& node) {
    if (const toml::table* table = node.as_table()) {
      for (const auto& [name, child] : *table) {
        if (path.empty() && name.str() == "sources") continue;
        std::string key = path.empty() ? path : path + ".";
        key += name.str();
        descend(origin, key, child);
      }
    } else if (const toml::array* array = node.as_array(); array && array->is_array_of_tables()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        descend(origin, fmt::format("{}.{}", path, i), *array->get(i));
      }
    } else {
      const auto& line = node.source().begin;
      const bool in_file = line && origin != "--set";
      leaf({.place = in_file ? fmt::format("{}:{}", origin, line.line) : origin, .path = path}, node);
    }
  }

  void leaf(const Origin& at, const toml::node& node) {
    const auto [name, index] = split_index(at.place, at.path);
    const Key& key = key_called(at, name);
    assign(config_, key, index, node, at);
    // A value of one's own has no source until [sources] gives it one. A scenario's defaults are as good as ours.
    if (has_source(key)) config_.sources[at.path] = {SourceKind::kUncalibrated, "set by " + at.place};
  }

  const Key& key_called(const Origin& at, const std::string& name) const {
    for (const Key& key : keys_)
      if (key.name == name) return key;
    throw ConfigError(fmt::format("{}: unknown key '{}'{}", at.place, at.path, suggestion(name)));
  }

  // [sources]: "memory.latency_ns" = {published = "which figure"}
  void read_sources(const std::string& path, const toml::node& node) {
    const auto place = [&](const toml::node& n) { return fmt::format("{}:{}", path, n.source().begin.line); };
    const toml::table* const table = node.as_table();
    if (table == nullptr) throw ConfigError(place(node) + ": sources: expected a table");
    for (const auto& [name, child] : *table) {
      const std::string key_name(name.str());
      const Key& key =
          key_called({.place = place(child), .path = key_name}, split_index(place(child), key_name).first);
      if (!has_source(key))
        throw ConfigError(fmt::format("{}: sources: {} is neither a duration nor a rate of the machine",
                                      place(child), key_name));
      config_.sources[key_name] = source(place(child), key_name, child);
    }
  }

  static Source source(const std::string& place, const std::string& key, const toml::node& node) {
    const toml::table* const table = node.as_table();
    for (const SourceKind kind :
         {SourceKind::kPublished, SourceKind::kDataSheet, SourceKind::kUncalibrated}) {
      if (table == nullptr || table->size() != 1) break;
      if (const auto text = (*table)[name_of(kind)].value_exact<std::string>(); text && !text->empty())
        return {kind, *text};
    }
    throw ConfigError(
        fmt::format("{}: sources: {}: expected {{published = \"…\"}}, {{data_sheet = \"…\"}} or "
                    "{{uncalibrated = \"…\"}}",
                    place, key));
  }

  // "endpoint.1.channels" -> ("endpoint.N.channels", 1). Adds endpoint 1 if it is the next one.
  std::pair<std::string, std::size_t> split_index(const std::string& place, const std::string& path) {
    constexpr std::string_view kPrefix = "endpoint.";
    if (!path.starts_with(kPrefix)) return {path, 0};
    const std::size_t end = path.find('.', kPrefix.size());
    const std::string number = path.substr(kPrefix.size(), end - kPrefix.size());
    if (number.empty() || number.size() > 2 || number.find_first_not_of("0123456789") != std::string::npos ||
        (number.size() == 2 && number[0] == '0') || end == std::string::npos) {
      throw ConfigError(fmt::format("{}: {}: '{}' is no endpoint; write endpoint.0 to endpoint.{}", place,
                                    path, number, kMaxEndpoints - 1));
    }
    const std::size_t index = std::stoul(number), count = config_.endpoints.size();
    if (index > count || index >= kMaxEndpoints) {
      throw ConfigError(fmt::format("{}: {}: there are {} endpoints, the next one is endpoint.{}; at most {}",
                                    place, path, count, count, kMaxEndpoints));
    }
    if (index == count) add_endpoint();
    return {"endpoint.N" + path.substr(end), index};
  }

  // Adds a PCIe function on the first bus without an endpoint, so that the user need not choose a StreamID.
  void add_endpoint() {
    EndpointConfig added;
    const auto taken = [&](const EndpointConfig& e) { return e.stream_id >> 8 == added.stream_id >> 8; };
    while (std::any_of(config_.endpoints.begin(), config_.endpoints.end(), taken)) added.stream_id += 0x100;
    config_.endpoints.push_back(added);
  }

  std::string suggestion(const std::string& name) const {
    const Key* best = nullptr;
    std::size_t distance = name.size() / 2 + 1;
    for (const Key& key : keys_) {
      if (const std::size_t d = edit_distance(name, key.name); d < distance) best = &key, distance = d;
    }
    return best ? fmt::format("; did you mean '{}'?", best->name) : "";
  }

  Config config_;
  std::vector<Key> keys_;
};

}  // namespace

Config load_config(const ConfigSources& sources, const std::vector<ScenarioParameter>& parameters) {
  Loader loader(parameters);
  for (const std::string& text : sources.defaults) loader.assignment("scenario", text);
  if (sources.file) loader.file(*sources.file);
  for (const std::string& text : sources.overrides) loader.assignment("--set", text);
  try {
    return std::move(loader).finish();
  } catch (const ConfigError& e) {
    throw ConfigError(fmt::format("{}: {}", sources.file.value_or("configuration"), e.what()));
  }
}

}  // namespace smmu_vp::tb

// Reads configuration values, finds their keys and stores them, saying exactly what is wrong otherwise.
#include "testbench/config/load.h"

#include <fmt/format.h>

#include <filesystem>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "testbench/config/assign.h"
#include "testbench/config/check.h"

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
      config_.endpoints.assign(n, EndpointConfig{});  // a file's list replaces the default one
    }
    descend(path, "", table);
  }

  void assignment(const std::string& origin, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw ConfigError(fmt::format("{} {}: expected key=value", origin, text));
    }
    const std::string key = text.substr(0, equals), value = text.substr(equals + 1);
    // Words may come without quotes.
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
        const std::string key(name.str());
        descend(origin, path.empty() ? key : path + "." + key, child);
      }
    } else if (const toml::array* array = node.as_array(); array && array->is_array_of_tables()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        descend(origin, fmt::format("{}.{}", path, i), *array->get(i));
      }
    } else {
      leaf(origin, path, node);
    }
  }

  void leaf(const std::string& origin, const std::string& path, const toml::node& node) {
    const auto& line = node.source().begin;
    const std::string place = line && origin != "--set" ? fmt::format("{}:{}", origin, line.line) : origin;
    const auto [name, index] = split_index(place, path);
    for (const Key& key : keys_) {
      if (key.name == name) return assign(config_, key, index, node, place, path);
    }
    throw ConfigError(fmt::format("{}: unknown key '{}'{}", place, path, suggestion(name)));
  }

  // "endpoint.1.channels" -> ("endpoint.N.channels", 1), making endpoint 1 when it is the next one.
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
    if (index == count) config_.endpoints.emplace_back();
    return {"endpoint.N" + path.substr(end), index};
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

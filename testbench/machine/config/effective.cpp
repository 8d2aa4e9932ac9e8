// Writes the value of every key as JSON.
#include "testbench/machine/config/effective.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

struct ValueAsJson {
  const Key& key;
  json operator()(const Nanoseconds& n) const { return static_cast<double>(*n.ps) / 1000; }
  json operator()(const Choice& c) const { return key.choices.at(c.get()); }
  json operator()(const Flags& f) const {
    json on = json::array();
    for (std::size_t i = 0; i < f.each.size(); ++i) {
      if (*f.each[i]) on.push_back(key.choices[i]);
    }
    return on;
  }
  template <typename T>
  json operator()(const T* value) const {
    return *value;
  }
};

json json_value(const Key& key, Config& config, std::size_t index) {
  return std::visit(ValueAsJson{key}, key.where(config, index));
}

// "a.b.c" -> /a/b/c
json::json_pointer pointer(std::string name) {
  for (char& ch : name) {
    if (ch == '.') ch = '/';
  }
  return json::json_pointer("/" + name);
}

}  // namespace

json effective_config(const Config& config, const std::vector<ScenarioParameter>& parameters) {
  Config c = config;  // slots are writable, so work on a copy
  json out = json::object();
  constexpr std::string_view kEndpoint = "endpoint.N.";
  out["endpoint"] = json::array();
  for (std::size_t i = 0; i < c.endpoints.size(); ++i) out["endpoint"].push_back(json::object());
  for (const Key& key : platform_keys()) {
    if (!key.name.starts_with(kEndpoint)) {
      out[pointer(key.name)] = json_value(key, c, 0);
      continue;
    }
    for (std::size_t i = 0; i < c.endpoints.size(); ++i) {
      out["endpoint"][i][pointer(key.name.substr(kEndpoint.size()))] = json_value(key, c, i);
    }
  }
  for (const ScenarioParameter& p : parameters) {
    const Key key = key_of(p);
    out[pointer(key.name)] = json_value(key, c, 0);
  }
  return out;
}

json effective_sources(const Config& config) {
  Config c = config;
  json out = json::object();
  constexpr std::string_view kEndpoint = "endpoint.N.";
  for (const Key& key : platform_keys()) {
    if (!has_source(key)) continue;
    const bool each = key.name.starts_with(kEndpoint);
    for (std::size_t i = 0; i < (each ? c.endpoints.size() : 1); ++i) {
      std::string name = key.name;
      if (each) name.replace(kEndpoint.find('N'), 1, std::to_string(i));
      const Source source = source_in(key, name, c);
      out[name] = {{"value", json_value(key, c, i)},
                   {"unit", key.unit},
                   {"kind", name_of(source.kind)},
                   {"text", source.text}};
    }
  }
  return out;
}

bool any_uncalibrated(const json& sources) {
  return std::ranges::any_of(
      sources, [](const json& source) { return source.at("kind") == name_of(SourceKind::kUncalibrated); });
}

}  // namespace smmu_vp::tb

// Combines the sections of the key table and formats keys and their values as text.
#include "testbench/machine/config/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "testbench/machine/config/keys_internal.h"

namespace smmu_vp::tb {

namespace {

// Formats numbers as a user would write them: integers without a point, addresses in hexadecimal.
std::string number_text(const Key& key, double v) {
  if (key.unit == "address") return fmt::format("{:#x}", static_cast<u64>(v));
  if (v == std::floor(v)) return fmt::format("{:.0f}", v);
  return fmt::format("{}", v);
}
std::string integer_text(const Key& key, u64 v) {
  return key.unit == "address" ? fmt::format("{:#x}", v) : fmt::format("{}", v);
}

}  // namespace

const std::vector<Key>& platform_keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all = cpu_keys();
    for (auto section : {smmu_keys, device_keys, driver_keys, monitor_keys}) {
      for (Key& k : section()) all.push_back(std::move(k));
    }
    return all;
  }();
  return keys;
}

Key key_of(const ScenarioParameter& p) {
  Where where = [name = p.name](Config& c, std::size_t) -> Slot {
    return std::visit([](auto& value) -> Slot { return &value; }, c.scenario.at(name));
  };
  return chosen_key("scenario." + p.name, p.unit, p.min, p.max, p.help, std::move(where));
}

std::string value_text(const Key& key, const Config& config, std::size_t index) {
  struct Text {
    const Key& key;
    std::string operator()(const bool* b) const { return *b ? "true" : "false"; }
    std::string operator()(const unsigned* v) const { return integer_text(key, *v); }
    std::string operator()(const u64* v) const { return integer_text(key, *v); }
    std::string operator()(const double* v) const { return number_text(key, *v); }
    std::string operator()(const std::string* s) const { return fmt::format("\"{}\"", *s); }
    std::string operator()(const Nanoseconds& n) const {
      return number_text(key, static_cast<double>(*n.ps) / 1000);
    }
    std::string operator()(const Choice& c) const { return fmt::format("\"{}\"", key.choices.at(c.get())); }
    std::string operator()(const Flags& f) const {
      std::vector<std::string> on;
      for (std::size_t i = 0; i < f.each.size(); ++i) {
        if (*f.each[i]) on.push_back(key.choices[i]);
      }
      return fmt::format("{}", on);
    }
  };
  // The slot is only read here; the cast is needed because the key table serves readers and writers.
  return std::visit(Text{key}, key.where(const_cast<Config&>(config), index));
}

bool has_source(const Key& key) {
  constexpr std::string_view kUnits[] = {"ns", "us", "Gbit/s"};
  return std::ranges::find(kUnits, key.unit) != std::end(kUnits) && key.source.kind != SourceKind::kChosen;
}

Source source_in(const Key& key, const std::string& name, const Config& config) {
  const auto set = config.sources.find(name);
  return set == config.sources.end() ? key.source : set->second;
}

std::string limit_text(const Key& key) {
  if (!key.choices.empty())
    return fmt::format("{}{}", fmt::join(key.choices, "|"),
                       key.prefix.empty() ? "" : "|" + key.prefix + "FILE");
  if (key.max > key.min) {
    return fmt::format("{}..{}{}", number_text(key, key.min), number_text(key, key.max),
                       key.power_of_two ? ", a power of two" : "");
  }
  return "";
}

}  // namespace smmu_vp::tb

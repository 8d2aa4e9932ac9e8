// Reads a sweep's TOML. Every mistake is one line with the place, the key and what is expected.
#include "testbench/runs/sweep/sweep_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <sstream>

#include <toml++/toml.h>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/sweep/axis_values.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kMostSeeds = 10'000;

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {
    if (std::filesystem::is_directory(path)) throw ConfigError(path + ": is a directory");
    try {
      file_ = toml::parse_file(path);
    } catch (const toml::parse_error& e) {
      throw ConfigError(fmt::format("{}:{}: {}", path, e.source().begin.line, e.description()));
    }
  }

  SweepSpec read() {
    SweepSpec sweep;
    sweep.file = path_;
    known(file_, {"title", "scenario", "fitted", "predicted", "config", "seeds", "set", "axis", "plot"});
    sweep.scenario = text(file_, "scenario").value_or("");
    if (sweep.scenario.empty())
      throw ConfigError(path_ + ": scenario = \"NAME\" is missing; see `list scenarios`");
    sweep.title = text(file_, "title").value_or(sweep.scenario);
    sweep.fitted = text(file_, "fitted").value_or(""),
    sweep.predicted = text(file_, "predicted").value_or("");
    if (const auto config = text(file_, "config"))
      sweep.config = (std::filesystem::path(path_).parent_path() / *config).string();
    sweep.seeds = seeds();
    if (const toml::node* set = file_.get("set")) sweep.settings = settings_of(place(*set), *set);
    for (const toml::table* axis : tables("axis")) sweep.axes.push_back(this->axis(*axis));
    std::set<std::string> names;
    for (const Axis& axis : sweep.axes)
      if (!names.insert(axis.name).second)
        throw ConfigError(fmt::format("{}: two axes are called '{}'", path_, axis.name));
    for (const toml::table* plot : tables("plot")) {
      sweep.plots.push_back(this->plot(*plot));
      check_published(*plot, sweep.plots.back(), sweep.axes);
    }
    return sweep;
  }

 private:
  std::string place(const toml::node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }
  [[noreturn]] void refuse(const toml::node& node, std::string_view key, std::string_view expected) const {
    std::ostringstream value;
    node.visit([&](const auto& n) { value << n; });
    throw ConfigError(fmt::format("{}: {} = {}: expected {}", place(node), key, value.str(), expected));
  }
  void known(const toml::table& table, const std::vector<std::string_view>& keys) const {
    for (const auto& [name, node] : table)
      if (std::ranges::find(keys, name.str()) == keys.end())
        throw ConfigError(fmt::format("{}: unknown key '{}'; there are {}", place(node), name.str(),
                                      fmt::join(keys, ", ")));
  }
  std::optional<std::string> text(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::nullopt;
    if (auto value = node->value_exact<std::string>()) return value;
    refuse(*node, key, "a string");
  }
  bool flag(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return false;
    if (const auto value = node->value_exact<bool>()) return *value;
    refuse(*node, key, "true or false");
  }

  std::vector<const toml::table*> tables(std::string_view key) const {
    std::vector<const toml::table*> all;
    const toml::node* node = file_.get(key);
    if (node == nullptr) return all;
    if (!node->is_array_of_tables()) refuse(*node, key, fmt::format("tables [[{}]]", key));
    for (const toml::node& one : *node->as_array()) all.push_back(one.as_table());
    return all;
  }

  // A number of seeds, counted from 1, or a list of them.
  std::vector<u64> seeds() const {
    const toml::node* node = file_.get("seeds");
    if (node == nullptr) return {1};
    std::vector<u64> all;
    const auto seed = [&](const toml::node& n) {
      const auto value = n.value_exact<std::int64_t>();
      if (!value || *value < 0) refuse(n, "seeds", "a number of seeds, or a list of whole numbers");
      return static_cast<u64>(*value);
    };
    if (const toml::array* list = node->as_array()) {
      for (const toml::node& n : *list) all.push_back(seed(n));
    } else {
      const u64 count = seed(*node);
      if (count > kMostSeeds) refuse(*node, "seeds", fmt::format("at most {} seeds", kMostSeeds));
      for (u64 s = 1; s <= count; ++s) all.push_back(s);
    }
    if (all.empty()) refuse(*node, "seeds", "at least one seed");
    return all;
  }

  Axis axis(const toml::table& table) const {
    known(table, {"name", "key", "unit", "list", "linear", "log", "cases"});
    Axis made;
    made.unit = text(table, "unit").value_or("");
    const std::string key = text(table, "key").value_or("");
    made.name = text(table, "name").value_or(key.substr(key.rfind('.') + 1));
    if (made.name.empty()) throw ConfigError(place(table) + ": an axis needs a key, or a name and cases");
    const toml::node* given = nullptr;
    for (const std::string_view kind : {"list", "linear", "log", "cases"}) {
      const toml::node* node = table.get(kind);
      if (node == nullptr) continue;
      if (given != nullptr)
        throw ConfigError(fmt::format("{}: axis '{}' has values of two kinds", place(*node), made.name));
      given = node;
      if (key.empty() != (kind == "cases"))
        throw ConfigError(fmt::format("{}: axis '{}': cases have no key, and all other values one",
                                      place(*node), made.name));
      made.values = kind == "list" ? listed_values({.place = place(*node), .key = key}, *node)
                    : kind == "cases"
                        ? case_values(place(*node), *node)
                        : spaced_values({.place = place(*node), .key = key}, *node, kind == "log");
    }
    if (given == nullptr)
      throw ConfigError(
          fmt::format("{}: axis '{}' needs list, linear, log or cases", place(table), made.name));
    return made;
  }

  PlotSpec plot(const toml::table& table) const {
    known(table, {"title", "x", "y", "x_unit", "y_unit", "log_x", "log_y", "law", "within_percent",
                  "published", "published_by", "published_within_percent"});
    PlotSpec made;
    made.x = text(table, "x").value_or("");
    made.y = text(table, "y").value_or("");
    if (made.x.empty() || made.y.empty())
      throw ConfigError(place(table) + ": a plot needs x and y: the name of an axis, or a measure");
    made.title = text(table, "title").value_or(made.y + " against " + made.x);
    made.x_unit = text(table, "x_unit").value_or("");
    made.y_unit = text(table, "y_unit").value_or("");
    made.log_x = flag(table, "log_x"), made.log_y = flag(table, "log_y");
    try {
      if (const auto law = text(table, "law")) made.law.emplace(*law);
    } catch (const ConfigError& e) {
      throw ConfigError(fmt::format("{}: law: {}", place(*table.get("law")), e.what()));
    }
    made.within_percent = limit(table, "within_percent");
    if (made.within_percent && !made.law)
      throw ConfigError(place(*table.get("within_percent")) + ": within_percent needs a law");
    made.published = published(table);
    made.published_by = text(table, "published_by").value_or("");
    made.published_within_percent = limit(table, "published_within_percent");
    if (made.published.empty() != made.published_by.empty())
      throw ConfigError(place(table) + ": published figures and published_by need each other");
    if (made.published_within_percent && made.published.empty())
      throw ConfigError(place(*table.get("published_within_percent")) +
                        ": published_within_percent needs published figures");
    return made;
  }

  std::optional<double> limit(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::nullopt;
    const std::optional<double> percent = node->value<double>();
    if (!node->is_number() || !(*percent > 0)) refuse(*node, key, "a positive number");
    return percent;
  }

  // {256 = 438.5, …}: the label of x and what was published for it.
  std::map<std::string, double> published(const toml::table& table) const {
    std::map<std::string, double> figures;
    const toml::node* node = table.get("published");
    if (node == nullptr) return figures;
    if (!node->is_table())
      refuse(*node, "published", "a table: a value of x and the published figure for it");
    for (const auto& [x, figure] : *node->as_table()) {
      if (!figure.is_number()) refuse(figure, x.str(), "a number");
      figures[std::string(x.str())] = *figure.value<double>();
    }
    return figures;
  }

  // A figure for an x that is not among the points would be left out without a word.
  void check_published(const toml::table& table, const PlotSpec& plot, const std::vector<Axis>& axes) const {
    const auto axis = std::ranges::find(axes, plot.x, &Axis::name);
    if (axis == axes.end()) return;
    for (const auto& [x, figure] : plot.published)
      if (std::ranges::find(axis->values, x, &AxisValue::label) == axis->values.end())
        throw ConfigError(fmt::format("{}: published has {} = {}, and axis '{}' has no such value",
                                      place(*table.get("published")), x, figure, plot.x));
  }

  const std::string path_;
  toml::table file_;
};

}  // namespace

SweepSpec read_sweep(const std::string& path) {
  return Reader(path).read();
}

}  // namespace smmu_vp::tb

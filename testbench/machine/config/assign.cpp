// Type and range checks of single configuration values.
#include "testbench/machine/config/assign.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <sstream>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

class Assigner {
 public:
  Assigner(const Key& key, const toml::node& node, const Origin& origin)
      : key_(key), node_(node), origin_(origin) {}

  void operator()(bool* b) const { *b = required<bool>("true or false"); }
  void operator()(std::string* s) const {
    const auto text = required<std::string>(key_.choices.empty() ? "a string" : limit_text(key_));
    const bool prefixed =
        !key_.prefix.empty() && text.starts_with(key_.prefix) && text.size() > key_.prefix.size();
    if (!key_.choices.empty() && !prefixed) word(node_);
    *s = text;
  }
  void operator()(unsigned* v) const { *v = static_cast<unsigned>(integer()); }
  void operator()(u64* v) const { *v = integer(); }
  void operator()(double* v) const { *v = number(); }
  void operator()(const Nanoseconds& n) const { *n.ps = static_cast<u64>(std::llround(number() * 1000)); }
  void operator()(const Choice& c) const { c.set(word(node_)); }
  void operator()(const Flags& f) const {
    const toml::array* list = node_.as_array();
    if (!list || list->empty()) fail("a list of " + limit_text(key_));
    for (bool* b : f.each) *b = false;
    for (const toml::node& item : *list) *f.each[word(item)] = true;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    std::ostringstream value;
    node_.visit([&](const auto& n) { value << n; });
    throw ConfigError(
        fmt::format("{}: {} = {}: expected {}", origin_.place, origin_.path, value.str(), expected));
  }

  template <typename T>
  T required(const std::string& expected) const {
    const auto value = node_.value_exact<T>();
    if (!value) fail(expected);
    return *value;
  }

  u64 integer() const {
    const auto value = node_.value_exact<std::int64_t>();
    if (!value) fail(range("an integer"));
    if (*value < 0) fail(range("an integer"));
    limit(static_cast<double>(*value), "an integer");
    if (key_.power_of_two && !std::has_single_bit(static_cast<u64>(*value))) fail(range("an integer"));
    return static_cast<u64>(*value);
  }

  double number() const {
    if (!node_.is_number()) fail(range("a number"));
    const double value = *node_.value<double>();
    limit(value, "a number");
    return value;
  }

  void limit(double value, const char* kind) const {
    // The negated form also rejects NaN.
    if (key_.max > key_.min && !(value >= key_.min && value <= key_.max)) fail(range(kind));
  }

  std::string range(const char* kind) const {
    const std::string limits = limit_text(key_);
    std::string text = limits.empty() ? kind : fmt::format("{} in {}", kind, limits);
    if (!key_.unit.empty() && key_.unit != "address") text += " (" + key_.unit + ")";
    return text;
  }

  // The index into the key's choices. Numbers count as words, so that 16 and "16" both work.
  unsigned word(const toml::node& item) const {
    std::string text;
    if (const auto s = item.value_exact<std::string>()) text = *s;
    if (const auto i = item.value_exact<std::int64_t>()) text = std::to_string(*i);
    if (const auto f = item.value_exact<double>()) text = fmt::format("{:.1f}", *f);
    const auto at = std::find(key_.choices.begin(), key_.choices.end(), text);
    if (at == key_.choices.end()) fail(limit_text(key_));
    return static_cast<unsigned>(at - key_.choices.begin());
  }

  const Key& key_;
  const toml::node& node_;
  const Origin& origin_;
};

}  // namespace

void assign(Config& config, const Key& key, std::size_t index, const toml::node& node, const Origin& origin) {
  std::visit(Assigner(key, node, origin), key.where(config, index));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace smmu_vp::tb

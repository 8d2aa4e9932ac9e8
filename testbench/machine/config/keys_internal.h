// Helpers to write the rows of the key table.
#pragma once

#include "testbench/machine/config/keys.h"

// The place in Config `c` that a row sets; `n` is the endpoint's number.
#define SMMU_VP_AT(place) \
  []([[maybe_unused]] Config& c, [[maybe_unused]] std::size_t n) -> Slot { return place; }

namespace smmu_vp::tb {

using Where = std::function<Slot(Config&, std::size_t)>;

inline Key number_key(std::string name, std::string unit, double min, double max, std::string help,
                      Where where) {
  Key k;
  k.name = std::move(name), k.unit = std::move(unit), k.min = min, k.max = max, k.help = std::move(help);
  k.where = std::move(where);
  return k;
}
// A limit or a pause that the user chooses: no property of a machine.
inline Key chosen_key(std::string name, std::string unit, double min, double max, std::string help,
                      Where where) {
  Key k = number_key(std::move(name), std::move(unit), min, max, std::move(help), std::move(where));
  k.source.kind = SourceKind::kChosen;
  return k;
}
inline Key power_key(std::string name, std::string unit, double min, double max, std::string help,
                     Where where) {
  Key k = number_key(std::move(name), std::move(unit), min, max, std::move(help), std::move(where));
  k.power_of_two = true;
  return k;
}
inline Key word_key(std::string name, std::vector<std::string> choices, std::string help, Where where) {
  Key k;
  k.name = std::move(name), k.choices = std::move(choices), k.help = std::move(help);
  k.where = std::move(where);
  return k;
}
inline Key flag_key(std::string name, std::string help, Where where) {
  return word_key(std::move(name), {}, std::move(help), std::move(where));
}

inline Key text_key(std::string name, std::string help, Where where) {
  return word_key(std::move(name), {}, std::move(help), std::move(where));
}

// "none", then the names of a table of planted bugs, in the order of its enumeration.
template <typename Table>
std::vector<std::string> bug_names(const Table& table) {
  std::vector<std::string> names = {"none"};
  for (const auto& bug : table) names.emplace_back(bug.name);
  return names;
}

// Keys that every site's translation cache has.
inline Key cache_rtl_key(std::string name, Where where) {
  Key k =
      word_key(std::move(name), {core::kRtlDesigns.begin(), core::kRtlDesigns.end()},
               "RTL design for rtl and lockstep; stale_cache has a planted fault: an entry survives an "
               "invalidation that races with its lookup. plugin:FILE is a design that ./vp rtl try built.",
               std::move(where));
  k.prefix = core::kPluginPrefix;
  return k;
}
inline Key replacement_key(std::string name, Where where) {
  return word_key(std::move(name), {"tree_plru", "nru"}, "Replacement policy of page and block bank.",
                  std::move(where));
}

std::vector<Key> smmu_keys();
std::vector<Key> device_keys();
std::vector<Key> cpu_keys();
std::vector<Key> driver_keys();
std::vector<Key> monitor_keys();

}  // namespace smmu_vp::tb

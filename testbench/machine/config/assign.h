// Checks one TOML value against its key's type and limits and stores it in Config.
#pragma once

#include <string>
#include <string_view>

#include "testbench/machine/config/keys.h"

#include <toml++/toml.h>

namespace smmu_vp::tb {

// For messages.
struct Origin {
  std::string place;  // where the value was written
  std::string path;   // the key as the user wrote it
};
void assign(Config& config, const Key& key, std::size_t index, const toml::node& node, const Origin& origin);

// The number of insertions, deletions and replacements between two words, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace smmu_vp::tb

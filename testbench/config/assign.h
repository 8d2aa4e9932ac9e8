// Stores one TOML value in the place its key names, within the key's type and limits.
#pragma once

#include <string>
#include <string_view>

#include "testbench/config/keys.h"

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace smmu_vp::tb {

// `place` and `path` are for the message: where the value was written, and the key as the user wrote it.
void assign(Config& config, const Key& key, std::size_t index, const toml::node& node,
            const std::string& place, const std::string& path);

// Insertions, deletions and replacements between two words, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace smmu_vp::tb

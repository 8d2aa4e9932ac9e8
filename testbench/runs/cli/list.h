// `smmu-vp list`: lists all names of a topic, one line each.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tlm/spec/field.h"

namespace smmu_vp::tb {

struct Listed {
  std::string name, line;
  std::vector<std::pair<std::string, std::string>> details;  // for `explain` and --json
  std::span<const spec::NamedField> fields = {};             // likewise
};

std::vector<std::string> list_topics();
// `topic` is one of list_topics().
std::vector<Listed> listed(const std::string& topic);
std::string list(const std::string& topic, bool json);
// The configuration keys with their values in a run of this scenario, including its own; keys that it sets
// are marked. Throws ConfigError.
std::string list_config_of(const std::string& scenario, bool json);

}  // namespace smmu_vp::tb

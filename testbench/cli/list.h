// `smmu-vp list`: everything that has a name, one line each.
#pragma once

#include <string>
#include <vector>

namespace smmu_vp::tb {

struct Listed {
  std::string name, line;
  std::vector<std::pair<std::string, std::string>> details;  // for `explain` and --json
};

std::vector<std::string> list_topics();
// `topic` is one of list_topics().
std::vector<Listed> listed(const std::string& topic);
std::string list(const std::string& topic, bool json);

}  // namespace smmu_vp::tb

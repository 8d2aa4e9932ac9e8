// Reads the list by the names of the parts.
#include "testbench/observe/recording/recorded_parts.h"

#include <sstream>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

struct Part {
  const char* name;
  bool RecordedParts::*in;
};
constexpr Part kParts[] = {{"events", &RecordedParts::events},
                           {"timeline", &RecordedParts::timeline},
                           {"waves", &RecordedParts::waves},
                           {"latency", &RecordedParts::latency},
                           {"report", &RecordedParts::report}};

}  // namespace

RecordedParts recorded_parts(const std::string& list) {
  RecordedParts parts{.events = false, .timeline = false, .waves = false, .latency = false, .report = false};
  if (list == "none") return parts;
  std::istringstream names(list);
  std::string name;
  bool known = !list.empty() && list.back() != ',';
  while (known && std::getline(names, name, ',')) {
    known = false;
    for (const Part& part : kParts) {
      if (name != part.name) continue;
      parts.*part.in = true;
      known = true;
    }
  }
  if (!known)
    throw ConfigError("record '" + list +
                      "': expected a list of events, timeline, waves, latency and report, or none");
  return parts;
}

}  // namespace smmu_vp::tb

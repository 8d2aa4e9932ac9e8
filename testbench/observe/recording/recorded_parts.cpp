// Reads the list by the names of the parts.
#include "testbench/observe/recording/recorded_parts.h"

#include <sstream>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

using Events = RecordedParts::Events;

bool add(RecordedParts& parts, const std::string& name) {
  if (name == "events" || name == "events.zst") {
    const Events form = name == "events" ? Events::kPlain : Events::kCompressed;
    const bool one_form = parts.events == Events::kNone || parts.events == form;
    parts.events = form;
    return one_form;
  }
  bool* const part = name == "timeline"  ? &parts.timeline
                     : name == "waves"   ? &parts.waves
                     : name == "latency" ? &parts.latency
                                         : nullptr;
  if (part != nullptr) *part = true;
  return part != nullptr;
}

}  // namespace

RecordedParts recorded_parts(const std::string& list) {
  RecordedParts parts{.events = Events::kNone, .timeline = false, .waves = false, .latency = false};
  if (list == "none") return parts;
  std::istringstream names(list);
  std::string name;
  bool known = !list.empty() && list.back() != ',';
  while (known && std::getline(names, name, ',')) known = add(parts, name);
  if (!known)
    throw ConfigError("record '" + list +
                      "': expected a list of events (or events.zst), timeline, waves and latency, or none");
  return parts;
}

}  // namespace smmu_vp::tb

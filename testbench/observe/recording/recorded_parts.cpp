// Reads the list by the names of the parts.
#include "testbench/observe/recording/recorded_parts.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string_view>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

using Events = RecordedParts::Events;

struct Part {
  std::string_view name;
  bool RecordedParts::*in;
};
constexpr Part kParts[] = {{"timeline", &RecordedParts::timeline},
                           {"waves", &RecordedParts::waves},
                           {"latency", &RecordedParts::latency},
                           {"report", &RecordedParts::report}};

// Returns false where no part has that name, and for events in two forms.
bool add(RecordedParts& parts, const std::string& name) {
  if (name == "events" || name == "events.zst") {
    const Events form = name == "events" ? Events::kPlain : Events::kCompressed;
    const bool one_form = parts.events == Events::kNone || parts.events == form;
    parts.events = form;
    return one_form;
  }
  const auto part = std::ranges::find(kParts, name, &Part::name);
  if (part == std::end(kParts)) return false;
  parts.*(part->in) = true;
  return true;
}

}  // namespace

RecordedParts recorded_parts(const std::string& list) {
  RecordedParts parts{
      .events = Events::kNone, .timeline = false, .waves = false, .latency = false, .report = false};
  if (list == "none") return parts;
  std::istringstream names(list);
  std::string name;
  bool known = !list.empty() && list.back() != ',';
  while (known && std::getline(names, name, ',')) known = add(parts, name);
  if (!known)
    throw ConfigError(
        "record '" + list +
        "': expected a list of events (or events.zst), timeline, waves, latency and report, or none");
  return parts;
}

}  // namespace smmu_vp::tb

// Formats results.
#include "testbench/runs/cosim/cosim_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

json latency(const Latency& l) {
  return {{"count", l.count},
          {"min_cycles", l.least},
          {"mean_cycles", l.count == 0 ? 0.0 : static_cast<double>(l.sum) / static_cast<double>(l.count)},
          {"max_cycles", l.most}};
}

std::string latency_row(const char* name, const Latency& l) {
  if (l.count == 0) return fmt::format("{:<14} none\n", name);
  return fmt::format("{:<14} {:>6} {:>8.1f} {:>6}\n", name, l.least,
                     static_cast<double>(l.sum) / static_cast<double>(l.count), l.most);
}

}  // namespace

std::string table_head() {
  return fmt::format("{:<14} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>8}\n", "profile",
                     "operations", "clocks", "hits", "misses", "merged", "filled", "dropped", "overtaken",
                     "inval.");
}

std::string table_row(const ProfileResult& profile) {
  const TrafficResult& r = profile.result;
  std::string text = fmt::format("{:<14} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>8}\n",
                                 profile.profile, r.compared, r.cycles, r.hits, r.misses, r.merged, r.filled,
                                 r.dropped, r.overtaken, r.invalidations);
  if (r.compared == 0) text += "not judged: no answer was compared\n";
  if (r.violations.empty() && !r.difference.empty()) text += "difference: " + r.difference + "\n";
  for (const ContractViolation& violation : r.violations) text += "violation: " + violation.text() + "\n";
  for (const std::string& what : r.assertions) text += "assertion: " + what + "\n";
  if (!profile.kept.empty()) text += "kept: " + profile.kept + ".*\n";
  return text;
}

std::string latency_table(const TrafficResult& undisturbed) {
  return fmt::format("{:<14} {:>6} {:>8} {:>6}   cycles from acceptance to answer\n", "operation", "min",
                     "mean", "max") +
         latency_row("lookup", undisturbed.lookup) + latency_row("fill", undisturbed.fill) +
         latency_row("invalidation", undisturbed.invalidate);
}

std::string to_json(const std::string& title, u32 seed, const std::vector<ProfileResult>& profiles,
                    const TrafficResult& undisturbed) {
  json out = {{"title", title}, {"seed", seed}, {"profiles", json::array()}};
  for (const ProfileResult& p : profiles) {
    const TrafficResult& r = p.result;
    json violations = json::array();
    for (const ContractViolation& v : r.violations)
      violations.push_back({{"rule", to_string(v.rule)}, {"operation", v.operation}, {"what", v.what}});
    out["profiles"].push_back({{"name", p.profile},
                               {"judged", r.compared},
                               {"clocks", r.cycles},
                               {"hits", r.hits},
                               {"misses", r.misses},
                               {"merged", r.merged},
                               {"full", r.full},
                               {"filled", r.filled},
                               {"dropped", r.dropped},
                               {"overtaken", r.overtaken},
                               {"invalidations", r.invalidations},
                               {"difference", r.difference},
                               {"violations", violations},
                               {"assertions", r.assertions},
                               {"kept", p.kept}});
  }
  out["latency"] = {{"lookup", latency(undisturbed.lookup)},
                    {"fill", latency(undisturbed.fill)},
                    {"invalidate", latency(undisturbed.invalidate)}};
  return out.dump(2) + "\n";
}

}  // namespace smmu_vp::tb

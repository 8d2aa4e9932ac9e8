// One row a stream's phases, then one a kind of traffic.
#include "testbench/observe/report/run_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "testbench/observe/report/page.h"
#include "testbench/observe/report/summary.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

json timeline(const RunRecord& run, const PasidTracks& tracks) {
  json pasids = json::array();
  for (const auto& [pasid, of] : tracks.pasids(run.sim_time_ps)) {
    json rows = json::array();
    for (const auto& [sid, phases] : of.phases) {
      json spans = json::array();
      for (const PasidTracks::PhaseSpan& s : phases)
        spans.push_back({{"begin_ps", s.begin_ps}, {"end_ps", s.end_ps}, {"phase", to_string(s.phase)}});
      rows.push_back(
          {{"name", fmt::format("phase on {:#x}", sid)}, {"phases", true}, {"spans", std::move(spans)}});
    }
    for (const auto& [activity, list] : of.activity) {
      json spans = json::array();
      for (const PasidTracks::Span& s : list)
        spans.push_back({{"begin_ps", s.begin_ps}, {"end_ps", s.end_ps}, {"count", s.count}});
      rows.push_back({{"name", name_of(activity)}, {"spans", std::move(spans)}});
    }
    pasids.push_back({{"pasid", pasid}, {"tracks", std::move(rows)}});
  }
  return pasids;
}

}  // namespace

std::string run_page(const RunRecord& run, const PasidTracks& tracks) {
  return page(PageKind::kRun, {{"summary", summary(run)}, {"timeline", timeline(run, tracks)}});
}

}  // namespace smmu_vp::tb

// The schema that scripts rely on (see docs). Adding is free; renaming raises kSchema.
#include "testbench/report/summary.h"

#include "testbench/report/version.h"
#include "testbench/trace_sinks/output_file.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;
constexpr int kSchema = 1;

json phases(const PhaseTable& table) {
  json rows = json::array();
  for (const PhaseRow& r : table.rows()) {
    rows.push_back({{"pasid", r.pasid},
                    {"phase", r.phase},
                    {"stream_id", r.stream_id},
                    {"traffic", r.traffic},
                    {"case", r.what},
                    {"expected", r.expected},
                    {"observed", r.observed},
                    {"ok", r.ok()}});
  }
  return rows;
}

json monitors(const RunRecord& run) {
  json list = json::array();
  for (const auto& m : run.monitors) {
    json violations = json::array();
    for (const Violation& v : m->violations()) {
      json entry = {{"t_ps", v.t_ps}, {"what", v.what}};
      if (v.pasid) entry["pasid"] = *v.pasid;
      if (v.address) entry["address"] = fmt::format("{:#x}", *v.address);
      violations.push_back(std::move(entry));
    }
    list.push_back({{"name", m->name()},
                    {"checked", m->checked()},
                    {"violation_count", m->violation_count()},
                    {"violations", std::move(violations)},
                    {"remarks", m->remarks()}});
  }
  return list;
}

json latency(const std::map<std::string, Latency::Summary>& operations) {
  json out = json::object();
  for (const auto& [name, s] : operations) {
    out[name] = {{"count", s.count},   {"min_ps", s.min_ps}, {"mean_ps", s.mean_ps}, {"p50_ps", s.p50_ps},
                 {"p90_ps", s.p90_ps}, {"p99_ps", s.p99_ps}, {"max_ps", s.max_ps},   {"parts", s.parts}};
  }
  return out;
}

json lines(const std::vector<TimedLine>& list) {
  json out = json::array();
  for (const TimedLine& l : list) {
    json entry = {{"t_ps", l.t_ps}, {"text", l.text}};
    if (!l.level.empty()) entry["level"] = l.level;
    out.push_back(std::move(entry));
  }
  return out;
}

json expectations(const std::vector<Expectation>& list) {
  json out = json::array();
  for (const Expectation& e : list) out.push_back({{"t_ps", e.t_ps}, {"text", e.text}, {"ok", e.ok}});
  return out;
}

}  // namespace

json summary(const RunRecord& run) {
  constexpr const char* kStatus[] = {"ok", "violation", "error"};
  json out = {{"schema", kSchema},
              {"version", kVersion},
              {"scenario", run.scenario},
              {"seed", run.seed},
              {"config", run.config},
              {"status", kStatus[static_cast<int>(run.status)]},
              {"sim_time_ps", run.sim_time_ps},
              {"wall_s", run.wall_s},
              {"phases", phases(run.phases)},
              {"expectations", expectations(run.expectations)},
              {"monitors", monitors(run)},
              {"counters", run.counters},
              {"latency", latency(run.latency)},
              {"kernel_log", lines(run.kernel_log)},
              {"notes", lines(run.notes)}};
  if (!run.error.empty()) out["error"] = run.error;
  return out;
}

}  // namespace smmu_vp::tb

// The schema that scripts rely on (see docs). Members may be added; renaming one requires a new kSchema.
#include "testbench/observe/report/summary.h"

#include <nlohmann/json.hpp>

#include "testbench/observe/output/output_file.h"
#include "testbench/observe/report/authors_text.h"
#include "testbench/observe/report/first_cause.h"
#include "testbench/observe/report/version.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;
constexpr int kSchema = 2;  // 1: columns of tables were names, their cells texts

json phases(const PhaseTable& table) {
  json rows = json::array();
  for (const PhaseRow& r : table.rows()) {
    rows.push_back({{"t_ps", r.t_ps},
                    {"pasid", r.pasid},
                    {"phase", number(r.phase)},
                    {"address", fmt::format("{:#x}", r.address)},
                    {"stream_id", r.stream_id},
                    {"traffic", to_string(r.traffic)},
                    {"case", r.what},
                    {"expected", r.expected},
                    {"observed", r.observed},
                    {"judged", r.judged},
                    {"ok", r.judged ? json(r.ok()) : json()}});
  }
  return rows;
}

// Who stored the descriptor that decides, and what else that CPU told the SMMU until the violation.
json author(const Authors& authors, const Authors::Store& store, u64 t_ps) {
  json commands = json::array();
  for (const Authors::Issued& issued : authors.issued(store.cpu, store.t_ps, t_ps))
    commands.push_back({{"name", to_string(issued.opcode)}, {"code", issued.code}});
  return {{"t_ps", store.t_ps},
          {"cpu", store.cpu},
          {"code", store.code},
          {"commands_since", std::move(commands)}};
}

json violation(const RunRecord& run, const Violation& v) {
  json entry = {{"t_ps", v.t_ps}, {"what", v.what}};
  if (v.subject.sid) entry["stream_id"] = *v.subject.sid;
  if (v.subject.pasid) entry["pasid"] = *v.subject.pasid;
  const auto hex = [&entry](const char* name, const std::optional<u64>& value) {
    if (value) entry[name] = fmt::format("{:#x}", *value);
  };
  hex("address", v.subject.address);
  hex("physical_address", v.subject.physical);
  hex("descriptor", v.subject.descriptor);
  hex("old_value", v.subject.old_value);
  hex("new_value", v.subject.new_value);
  if (run.authors && v.subject.descriptor) {
    if (const auto store =
            run.authors->last_store(*v.subject.descriptor, v.subject.changed_ps.value_or(v.t_ps)))
      entry["stored_by"] = author(*run.authors, *store, v.t_ps);
  }
  return entry;
}

json commands(const Authors& authors) {
  json list = json::array();
  for (const auto& [issued, count] : by_frequency(authors))
    list.push_back({{"name", to_string(issued.opcode)}, {"count", count}, {"code", issued.code}});
  return list;
}

json cause_json(const RunRecord& run, const Cause& cause) {
  json entry = violation(run, {cause.t_ps, cause.what, cause.subject});
  entry["finder"] = cause.finder;
  entry["commands"] = closer_looks(run, cause);
  return entry;
}

json tables(const std::vector<MeasuredTable>& list) {
  json out = json::array();
  for (const MeasuredTable& t : list) {
    json columns = json::array(), rows = json::array();
    for (const TableKind::Column& c : t.kind->columns) {
      columns.push_back({{"name", c.name}, {"unit", name_of(c.unit)}, {"help", c.help}});
      if (!c.part_of.empty()) columns.back()["part_of"] = c.part_of;
    }
    for (const auto& row : t.rows) {
      json cells = json::array();
      for (const MeasuredTable::Cell& cell : row)
        std::visit([&cells](const auto& value) { cells.push_back(value); }, cell);
      rows.push_back(std::move(cells));
    }
    out.push_back({{"name", t.kind->name},
                   {"title", t.title},
                   {"columns", std::move(columns)},
                   {"rows", std::move(rows)}});
  }
  return out;
}

json exposures(const Monitor& monitor) {
  json list = json::array();
  for (const ExposureWindows& w : monitor.exposures()) {
    list.push_back({{"holder", w.holder},
                    {"count", w.count},
                    {"used", w.used},
                    {"p50_ps", w.p50_ps},
                    {"p99_ps", w.p99_ps},
                    {"max_ps", w.max_ps}});
  }
  return list;
}

json monitors(const RunRecord& run) {
  json list = json::array();
  for (const auto& m : run.monitors) {
    json violations = json::array();
    for (const Violation& v : m->violations()) violations.push_back(violation(run, v));
    json expected = json::array();
    for (const auto& [sid, count] : m->expected()) expected.push_back({{"stream_id", sid}, {"count", count}});
    list.push_back({{"name", m->name()},
                    {"witness", name_of(m->info().witness)},
                    {"checked", m->checked()},
                    {"verdict", name_of(m->verdict())},
                    {"violation_count", m->violation_count()},
                    {"violations", std::move(violations)},
                    {"expected_violations", std::move(expected)},
                    {"remarks", m->remarks()},
                    {"exposure_windows", exposures(*m)}});
  }
  return list;
}

json latency(const std::map<std::string, Latency::Summary>& operations) {
  json out = json::object();
  for (const auto& [name, s] : operations) {
    out[name] = {{"count", s.count},
                 {"min_ps", s.min_ps},
                 {"mean_ps", s.mean_ps},
                 {"p50_ps", s.p50_ps},
                 {"p90_ps", s.p90_ps},
                 {"p99_ps", s.p99_ps},
                 {"max_ps", s.max_ps},
                 {"parts", s.parts},
                 {"histogram", {{"edges_ps", s.edges_ps}, {"counts", s.counts}}}};
  }
  return out;
}

json lines(const std::vector<TimedLine>& list) {
  json out = json::array();
  for (const TimedLine& l : list) {
    json entry = {{"t_ps", l.t_ps}, {"text", l.text}};
    if (l.level) entry["level"] = to_string(*l.level);
    out.push_back(std::move(entry));
  }
  return out;
}

json not_judged(const RunRecord& run) {
  std::vector<TimedLine> list = run.not_judged;
  for (const PhaseTable::Cell& c : run.phases.unexercised())
    list.push_back(
        {run.sim_time_ps,
         {},
         fmt::format("phase {}, {}: nothing of it was tried", number(c.phase), to_string(c.traffic))});
  return lines(list);
}

json expectations(const std::vector<Expectation>& list) {
  json out = json::array();
  for (const Expectation& e : list) out.push_back({{"t_ps", e.t_ps}, {"text", e.text}, {"ok", e.ok}});
  return out;
}

}  // namespace

json summary(const RunRecord& run) {
  constexpr const char* kStatus[] = {"ok", "violation", "error", "interrupted"};
  json out = {{"schema", kSchema},
              {"version", kVersion},
              {"scenario", run.scenario},
              {"seed", run.seed},
              {"config", run.config ? *run.config : json::object()},
              {"sources", run.sources ? *run.sources : json::object()},
              {"status", kStatus[static_cast<int>(run.status)]},
              {"sim_time_ps", run.sim_time_ps},
              {"wall_s", run.wall_s},
              {"phases", phases(run.phases)},
              {"expectations", expectations(run.expectations)},
              {"not_judged", not_judged(run)},
              {"monitors", monitors(run)},
              {"counters", run.counters},
              {"latency", latency(run.latency)},
              {"kernel_log", lines(run.kernel_log)},
              {"tables", tables(run.tables)},
              {"notes", lines(run.notes)}};
  if (run.authors) out["commands_by_code"] = commands(*run.authors);
  if (!run.error.empty()) out["error"] = run.error;
  if (!run.signal.empty()) out["signal"] = run.signal;
  if (!run.incomplete.empty()) out["incomplete"] = lines(run.incomplete);
  if (const auto cause = first_cause(run)) out["first_cause"] = cause_json(run, *cause);
  return out;
}

}  // namespace smmu_vp::tb

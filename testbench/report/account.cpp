// Lays the account of a run out in 110 columns: what happened when, the phase table, the monitors, latencies.
#include "testbench/report/account.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/report/text.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kWidth = 110;

class Account {
 public:
  Account(const RunRecord& run, bool colour) : run_(run), paint_(colour) {}

  std::string text() {
    line(fmt::format("{}  seed {}  {} simulated in {:.2f} s", paint_.bold(run_.scenario), run_.seed,
                     time_text(run_.sim_time_ps), run_.wall_s));
    notes();
    phases();
    for (const std::string& table : run_.tables) out_ += '\n' + table;
    expectations();
    monitors();
    latencies();
    log();
    outputs();
    verdict();
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { (out_ += text) += '\n'; }
  void title(std::string_view text) { line('\n' + paint_.bold(text)); }

  void notes() {
    if (run_.notes.empty()) return;
    title("What happened when");
    for (const TimedLine& n : run_.notes) {
      line(fmt::format("{:>10}  {}", time_text(n.t_ps), wrapped(n.text, kWidth, 12)));
    }
  }

  void phases() {
    const auto& rows = run_.phases.rows();
    if (rows.empty()) return;
    title("PASID lifetime: 1 live, 2 quiesced (process dead), 3 unbound, 4 reused");
    std::size_t width = std::string_view("expected").size(), what = 0;
    for (const PhaseRow& r : rows) {
      width = std::max(width, r.expected.size());
      what = std::max(what, r.what.size());
    }
    line(paint_.faint(fmt::format("  PASID phase stream {:<19} {:<{}} {:<{}} observed", "traffic", "case",
                                  what, "expected", width)));
    for (const PhaseRow& r : rows) {
      line(fmt::format("  {:>5} {:>5} {:>6} {:<19} {:<{}} {:<{}} {}", r.pasid, r.phase,
                       fmt::format("{:#x}", r.stream_id), r.traffic, r.what, what, r.expected, width,
                       r.ok() ? paint_.good("same") : paint_.bad(r.observed + "  << not as expected")));
    }
  }

  void expectations() {
    if (run_.expectations.empty()) return;
    const u64 failed = run_.failed_expectations();
    title(fmt::format("Expectations: {} of {} held", run_.expectations.size() - failed,
                      run_.expectations.size()));
    for (const Expectation& e : run_.expectations) {
      if (!e.ok) line(fmt::format("{:>10}  {}", time_text(e.t_ps), paint_.bad(wrapped(e.text, kWidth, 12))));
    }
  }

  void monitors() {
    if (run_.monitors.empty()) return;
    title("Monitors");
    constexpr std::size_t kShown = 5;
    for (const auto& m : run_.monitors) {
      const u64 n = m->violation_count();
      line(fmt::format("  {:<22} {:>9} checks  {}", m->name(), m->checked(),
                       n != 0              ? paint_.bad(fmt::format("{} violation{}", n, n == 1 ? "" : "s"))
                       : m->checked() == 0 ? paint_.faint("nothing to judge")
                                           : paint_.good("clean")));
      for (const std::string& remark : m->remarks())
        line(fmt::format("{:>14}  {}", "", wrapped(remark, kWidth, 16)));
      for (std::size_t i = 0; i < std::min(kShown, m->violations().size()); ++i) {
        const Violation& v = m->violations()[i];
        line(fmt::format("{:>14}  {}", time_text(v.t_ps), wrapped(v.what, kWidth, 16)));
      }
      if (n > kShown)
        line(fmt::format("{:>14}  {} more; the first {} in summary.json", "", n - kShown,
                         std::min<u64>(n, m->violations().size())));
    }
  }

  void latencies() {
    if (run_.latency.empty()) return;
    title("Latency");
    line(paint_.faint(fmt::format("  {:<18}{:>8}{:>10}{:>10}{:>10}{:>10}   parts of the mean", "operation",
                                  "count", "mean", "p50", "p99", "max")));
    for (const auto& [name, s] : run_.latency) {
      std::vector<std::string> parts;
      if (s.parts.size() > 1) {
        for (const auto& [part, ps] : s.parts) parts.push_back(fmt::format("{} {}", part, time_text(ps)));
      }
      const std::string row =
          fmt::format("  {:<18}{:>8}{:>10}{:>10}{:>10}{:>10}   ", name, s.count, time_text(s.mean_ps),
                      time_text(s.p50_ps), time_text(s.p99_ps), time_text(s.max_ps));
      line(row + filled(parts, ", ", kWidth, row.size()));
    }
  }

  void log() {
    const auto matters = [](const TimedLine& l) { return l.level != "info"; };
    const auto count = std::count_if(run_.kernel_log.begin(), run_.kernel_log.end(), matters);
    if (count == 0) return;
    title(fmt::format("Kernel log: {} warnings and errors", count));
    constexpr int kShown = 10;
    int shown = 0;
    for (const TimedLine& l : run_.kernel_log) {
      if (!matters(l) || shown++ >= kShown) continue;
      line(fmt::format("{:>10}  {} {}", time_text(l.t_ps), l.level, wrapped(l.text, kWidth, 12)));
    }
    if (count > kShown) line(fmt::format("{:>10}  {} more in summary.json", "", count - kShown));
  }

  void outputs() {
    if (run_.outputs.empty()) return;
    title("Outputs");
    for (const std::string& path : run_.outputs) line("  " + path);
  }

  void verdict() {
    out_ += '\n';
    if (run_.status == RunStatus::kError) return line(paint_.bad("ERROR: " + run_.error));
    if (run_.status == RunStatus::kOk) return line(paint_.good("OK"));
    std::string why;
    const auto add = [&](u64 n, const char* what) {
      if (n != 0) why += fmt::format("{}{} {}", why.empty() ? "" : ", ", n, what);
    };
    add(run_.violations(), "monitor violations");
    add(run_.failed_rows(), "rows of the phase table not as expected");
    add(run_.failed_expectations(), "expectations failed");
    line(paint_.bad("VIOLATION: " + why));
  }

  const RunRecord& run_;
  Paint paint_;
  std::string out_;
};

}  // namespace

std::string account(const RunRecord& run, bool colour) {
  return Account(run, colour).text();
}

}  // namespace smmu_vp::tb

// Lays out the report of a run: first what went wrong and how to look closer, then the course of events, the
// phase table, the monitors, latencies, and the verdict.
#include "testbench/observe/report/account.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

#include "testbench/observe/report/authors_text.h"
#include "testbench/observe/report/first_cause.h"
#include "testbench/observe/report/phase_text.h"
#include "testbench/observe/report/text.h"
#include "testbench/observe/report/verdict.h"

namespace smmu_vp::tb {

namespace {

// The command with line breaks where a shell allows them; an option and its value stay together.
std::string command_text(const std::vector<std::string>& command, std::size_t width) {
  constexpr std::size_t kIndent = 4, kFurther = 8;
  constexpr std::string_view kContinued = " \\";
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < command.size(); ++i) {
    pieces.push_back(shell_quoted(command[i]));
    if (command[i].starts_with("--") && i + 1 < command.size())
      pieces.back() += ' ' + shell_quoted(command[++i]);
  }
  std::string out(kIndent, ' ');
  std::size_t column = kIndent, begin = kIndent;
  for (const std::string& piece : pieces) {
    if (column > begin && column + 1 + columns_of(piece) + kContinued.size() > width) {
      out += std::string(kContinued) + '\n' + std::string(kFurther, ' ');
      column = begin = kFurther;
    } else if (column > begin) {
      out += ' ', ++column;
    }
    std::string_view rest = piece;
    for (; column + columns_of(rest) + kContinued.size() > width; column = 0) {
      // A shell joins lines at a backslash, within double quotes too.
      std::size_t most = std::min(width - column - 1, rest.size());
      while (most > 1 && (rest[most - 1] == '\\' || (static_cast<unsigned char>(rest[most]) & 0xC0) == 0x80))
        --most;
      (out += rest.substr(0, most)) += "\\\n";
      rest.remove_prefix(most);
    }
    out += rest;
    column += columns_of(rest);
  }
  return out;
}

class Account {
 public:
  Account(const RunRecord& run, const Paper& paper) : run_(run), width_(paper.width), paint_(paper.colour) {}

  std::string text() {
    line(wrapped(fmt::format("{}  seed {}  {} simulated in {:.2f} s", run_.scenario, run_.seed,
                             time_text(run_.sim_time_ps), run_.wall_s),
                 width_, 0));
    cause();
    notes();
    phases();
    for (const MeasuredTable& table : run_.tables) out_ += '\n' + laid_out(shown(table), width_);
    commands();
    expectations();
    not_judged();
    monitors();
    latencies();
    log();
    outputs();
    verdict();
    return std::move(out_);
  }

 private:
  void line(std::string_view text) { (out_ += text) += '\n'; }
  void title(std::string_view text) { line('\n' + paint_.bold(wrapped(text, width_, 0))); }
  void timed(u64 t_ps, std::string_view text, bool bad = false) {
    constexpr std::size_t kIndent = 12;
    const std::string lines = wrapped(text, width_, kIndent);
    line(fmt::format("{:>10}  {}", time_text(t_ps), bad ? paint_.bad(lines) : lines));
  }

  void cause() {
    const std::optional<Cause> cause = first_cause(run_);
    if (!cause) return;
    title("First cause");
    constexpr std::size_t kIndent = 4;
    line("  " +
         paint_.bad(fmt::format("{} at {} ({} ps)", cause->finder, time_text(cause->t_ps), cause->t_ps)));
    line(std::string(kIndent, ' ') + wrapped(cause->what, width_, kIndent));
    const Subject& s = cause->subject;
    std::vector<std::string> about;
    if (s.pasid) about.push_back(fmt::format("PASID {}", *s.pasid));
    if (s.sid) about.push_back(fmt::format("StreamID {:#x}", *s.sid));
    if (s.address) about.push_back(fmt::format("address {:#x}", *s.address));
    if (s.physical) about.push_back(fmt::format("physical {:#x}", *s.physical));
    if (s.descriptor) about.push_back(fmt::format("descriptor {:#x}", *s.descriptor));
    if (s.old_value && s.new_value)
      about.push_back(fmt::format("{:#x} -> {:#x}", *s.old_value, *s.new_value));
    if (!about.empty()) line(std::string(kIndent, ' ') + filled(about, ", ", width_, kIndent));
    if (run_.authors)
      for (const std::string& text : author_lines(*run_.authors, s, cause->t_ps))
        line(std::string(kIndent, ' ') + wrapped(text, width_, kIndent + 2));
    const auto looks = closer_looks(run_, *cause);
    if (looks.empty()) return;
    line("  The same run with waves around it" +
         std::string(s.sid && s.address ? ", and that access explained:" : ":"));
    for (const auto& command : looks) line(command_text(command, width_));
  }

  void notes() {
    if (run_.notes.empty()) return;
    title("What happened when");
    for (const TimedLine& n : run_.notes) timed(n.t_ps, n.text);
  }

  void phases() {
    if (run_.phases.rows().empty()) return;
    title("PASID lifetime: stream, traffic, case, expected, observed");
    out_ += phase_text(run_.phases, width_, paint_);
  }

  void commands() {
    if (!run_.authors || run_.authors->commands().empty()) return;
    title("Commands, and the functions that issued them");
    constexpr std::size_t kShown = 6, kIndent = 12;
    const auto all = by_frequency(*run_.authors);
    for (const auto& [issued, count] : std::span(all).first(std::min(all.size(), kShown)))
      line(fmt::format(
          "{:>10}  {}", count,
          wrapped(fmt::format("{}: {}", to_string(issued.opcode), issued.code), width_, kIndent)));
    if (all.size() > kShown) line(fmt::format("{:>10}  {} more in summary.json", "", all.size() - kShown));
  }

  void expectations() {
    if (run_.expectations.empty()) return;
    const u64 failed = run_.failed_expectations();
    title(fmt::format("Expectations: {} of {} held", run_.expectations.size() - failed,
                      run_.expectations.size()));
    for (const Expectation& e : run_.expectations)
      if (!e.ok) timed(e.t_ps, e.text, true);
  }

  void not_judged() {
    if (run_.not_judged.empty()) return;
    title(fmt::format("Cases that did not occur: {}", run_.not_judged.size()));
    for (const TimedLine& n : run_.not_judged) timed(n.t_ps, n.text);
  }

  void monitors() {
    if (run_.monitors.empty()) return;
    title("Monitors");
    constexpr std::size_t kShown = 5, kIndent = 16;
    for (const auto& m : run_.monitors) {
      const u64 n = m->violation_count();
      line(fmt::format("  {:<22} {:>9} checks  {}", m->name(), m->checked(), painted(*m)));
      const auto below = [&](std::string_view left, std::string_view text) {
        line(fmt::format("{:>14}  {}", left, wrapped(text, width_, kIndent)));
      };
      for (const auto& [sid, count] : m->expected())
        below("", fmt::format("{} violations by StreamID {:#x}, which the scenario provokes", count, sid));
      for (const std::string& remark : m->remarks()) below("", remark);
      for (const ExposureWindows& w : m->exposures())
        below("", fmt::format("exposure windows of the {}: {}, of which {} were used; p50 {}, p99 {}, max {}",
                              w.holder, w.count, w.used, time_text(w.p50_ps), time_text(w.p99_ps),
                              time_text(w.max_ps)));
      for (std::size_t i = 0; i < std::min(kShown, m->violations().size()); ++i)
        below(time_text(m->violations()[i].t_ps), m->violations()[i].what);
      if (n > kShown)
        below("", fmt::format("{} more; the first {} in summary.json", n - kShown, m->violations().size()));
    }
  }

  std::string painted(const Monitor& m) const {
    const u64 n = m.violation_count();
    switch (m.verdict()) {
      case Verdict::kViolation:
        return paint_.bad(fmt::format("{} violation{}", n, n == 1 ? "" : "s"));
      case Verdict::kClean:
        return paint_.good(name_of(m.verdict()));
      case Verdict::kNotJudged:
        break;
    }
    return paint_.faint(name_of(m.verdict()));
  }

  std::string timing_mode() const {
    return run_.config == nullptr ? "timed" : run_.config->at("timing").at("mode").get<std::string>();
  }

  // A run that is not timed counts as well as any; what it would say of durations misleads.
  Table shown(const MeasuredTable& table) const {
    Table out = as_text(table, run_.uncalibrated);
    if (timing_mode() == "timed") return out;
    out.title = table.title;
    for (std::size_t c = table.kind->columns.size(); c-- > 0;) {
      if (!is_timed(table.kind->columns[c].unit)) continue;
      const auto at = static_cast<std::ptrdiff_t>(c);
      out.columns.erase(out.columns.begin() + at);
      for (auto& row : out.rows) row.erase(row.begin() + at);
    }
    return out;
  }

  // The parts of the mean follow on the same line if there is room, otherwise below it.
  void latencies() {
    if (run_.latency.empty()) return;
    if (timing_mode() != "timed")
      return title(fmt::format("Durations are not shown: timing.mode is {}", timing_mode()));
    constexpr std::size_t kBeside = 74, kBelow = 20, kRoom = 30;
    const bool beside = width_ >= kBeside + kRoom;
    title(run_.uncalibrated ? "Latency (uncalibrated: see sources in summary.json)" : "Latency");
    line(paint_.faint(fmt::format("  {:<18}{:>8}{:>10}{:>10}{:>10}{:>10}{}", "operation", "count", "mean",
                                  "p50", "p99", "max", beside ? "   parts of the mean" : "")));
    for (const auto& [name, s] : run_.latency) {
      std::vector<std::string> parts;
      if (s.parts.size() > 1) {
        for (const auto& [part, ps] : s.parts) parts.push_back(fmt::format("{} {}", part, time_text(ps)));
      }
      std::string row =
          fmt::format("  {:<18}{:>8}{:>10}{:>10}{:>10}{:>10}", name, s.count, time_text(s.mean_ps),
                      time_text(s.p50_ps), time_text(s.p99_ps), time_text(s.max_ps));
      const std::size_t indent = beside ? std::max(kBeside, row.size() + 1) : kBelow;
      if (!parts.empty())
        row += beside ? std::string(indent - row.size(), ' ') : '\n' + std::string(indent, ' ');
      line(row + filled(parts, ", ", width_, indent));
    }
  }

  void log() {
    const auto matters = [](const TimedLine& l) { return l.level != trace::LogLevel::kInfo; };
    const auto count = std::count_if(run_.kernel_log.begin(), run_.kernel_log.end(), matters);
    if (count == 0) return;
    title(fmt::format("Kernel log: {} warnings and errors", count));
    constexpr int kShown = 10;
    int shown = 0;
    for (const TimedLine& l : run_.kernel_log)
      if (matters(l) && shown++ < kShown) timed(l.t_ps, fmt::format("{} {}", to_string(*l.level), l.text));
    if (count > kShown) line(fmt::format("{:>10}  {} more in summary.json", "", count - kShown));
  }

  void outputs() {
    if (run_.outputs.empty()) return;
    title("Outputs in " + run_.directory);
    std::vector<std::string> names;
    for (const std::string& path : run_.outputs)
      names.push_back(path.starts_with(run_.directory + '/') ? path.substr(run_.directory.size() + 1) : path);
    line("  " + filled(names, "  ", width_, 2));
    for (const TimedLine& l : run_.incomplete) timed(l.t_ps, l.text);
    const std::string report = run_.directory + "/report.html";
    if (std::ranges::find(run_.outputs, report) != run_.outputs.end()) line("Report: " + report);
  }

  void verdict() {
    const std::string text = wrapped(tb::verdict(run_), width_, 0);
    line('\n' + (run_.status == RunStatus::kOk ? paint_.good(text) : paint_.bad(text)));
  }

  const RunRecord& run_;
  std::size_t width_;
  Paint paint_;
  std::string out_;
};

}  // namespace

std::string account(const RunRecord& run, const Paper& paper) {
  return Account(run, paper).text();
}

}  // namespace smmu_vp::tb

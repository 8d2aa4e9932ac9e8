// A point is finished when its summary.json is complete, and is found again by the name of its folder; so nothing is
// lost however a sweep ends.
#include "testbench/runs/sweep/sweep.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "testbench/observe/output/interruption.h"
#include "testbench/observe/output/progress.h"
#include "testbench/observe/output/run_folder.h"
#include "testbench/observe/report/page.h"
#include "testbench/observe/report/terminal.h"
#include "testbench/runs/children/child_runs.h"
#include "testbench/runs/sweep/sweep_results.h"

namespace smmu_vp::tb {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kMostSlurmJobs = 256;  // waiting srun processes

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const std::string folder(rest.substr(0, rest.find(':')));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (::access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::vector<std::string> launcher_of(Executor executor) {
  if (executor == Executor::kLocal) return {};
  if (!on_path("srun"))
    throw ConfigError("--executor slurm: there is no srun; Debian has it in slurm-client");
  return {"srun", "--quiet", "--ntasks=1", "--cpus-per-task=1", "--job-name=smmu-vp"};
}

class Sweep {
 public:
  Sweep(const SweepSpec& sweep, const SweepOptions& options)
      : options_(options), sweep_(sweep), launcher_(launcher_of(options.executor)), out_(options.out) {
    for (Point& p : points_of(sweep_)) points_.push_back({std::move(p), PointState::kWaiting, {}});
    check();
  }

  SweepOutcome run() {
    find_finished();
    RunFolder folder(out_);
    const Interruption interruption;
    run_points(interruption);
    collect();
    const SweepResults results(sweep_, points_, interruption.signal() != 0);
    for (const SweepFile& file : results.files()) write_whole(folder.file(file.name), file.text);
    if (!options_.quiet) std::fputs(results.account(out_, paper_of(STDOUT_FILENO)).c_str(), stdout);
    if (interruption.signal() != 0) {
      fmt::print(stderr, "smmu-vp: sweep interrupted; --resume continues it\n");
      return {128 + interruption.signal(), {}};
    }
    return {results.clean() ? 0 : 1, validation_of(sweep_, results.plots())};
  }

 private:
  // A mistake in one point shows before hours of others. Seeds have no mistakes.
  void check() const {
    for (const SweepPoint& p : points_)
      if (p.point.seed == sweep_.seeds.front())
        options_.check(sweep_.scenario,
                       {.defaults = {}, .file = sweep_.config, .overrides = p.point.settings});
  }

  std::string summary_of(const SweepPoint& p) const { return out_ + "/" + p.point.folder + "/summary.json"; }

  // The summary of a point that has ended in order, empty of any other.
  std::optional<Measures> ended_in_order(const SweepPoint& p) const {
    if (!fs::exists(summary_of(p))) return std::nullopt;
    try {
      Measures m = measures_of(read_json(summary_of(p)), summary_of(p));
      if (m.status == "ok" || m.status == "violation") return m;
    } catch (const ConfigError&) {  // not written to its end
    }
    return std::nullopt;
  }

  // An unfinished sweep is neither continued nor begun anew unless asked for.
  void find_finished() {
    const auto finished =
        std::ranges::count_if(points_, [this](const SweepPoint& p) { return ended_in_order(p).has_value(); });
    if (options_.unfinished == Unfinished::kContinue) {
      for (SweepPoint& p : points_)
        if (ended_in_order(p)) p.state = PointState::kDone;
      return;
    }
    if (finished == 0 || options_.unfinished == Unfinished::kOverwrite || is_complete(out_)) return;
    throw ConfigError(
        fmt::format("{} holds {} of {} points of an unfinished sweep: --resume continues it, another "
                    "--out begins anew",
                    out_, finished, points_.size()));
  }

  unsigned jobs() const {
    if (options_.jobs != 0) return options_.jobs;
    return options_.executor == Executor::kSlurm ? kMostSlurmJobs
                                                 : std::max(1u, std::thread::hardware_concurrency());
  }

  void run_points(const Interruption& interruption) {
    ChildRuns runs(launcher_);
    Progress progress(!options_.quiet);
    const auto before = std::ranges::count(points_, PointState::kDone, &SweepPoint::state);
    std::size_t next = 0, ended = 0;
    const std::size_t all = points_.size() - static_cast<std::size_t>(before);
    while (ended < all && interruption.signal() == 0) {
      for (; runs.running() < jobs() && next < points_.size(); ++next) {
        if (points_[next].state == PointState::kDone) continue;
        fs::remove(summary_of(points_[next]));
        std::vector<std::string> arguments = points_[next].point.arguments;
        arguments.insert(arguments.end(), {"--out", out_ + "/" + points_[next].point.folder});
        runs.start(next, arguments);
      }
      if (const auto one = runs.wait()) {
        if (++ended == 1) check_plots(points_[one->id]);
        points_[one->id].state = PointState::kDone;
      }
      progress.at(fmt::format("{} of {} points", ended, all), static_cast<double>(ended),
                  static_cast<double>(all));
    }
  }

  // So does a plot of what no point measures.
  void check_plots(const SweepPoint& first) const {
    const std::optional<Measures> measures = ended_in_order(first);
    if (!measures) return;
    for (const PlotSpec& plot : sweep_.plots) (void)plot_of(sweep_, plot, {{first.point, *measures}});
  }

  void collect() {
    for (SweepPoint& p : points_) {
      if (p.state != PointState::kDone) continue;
      p.measures = ended_in_order(p);
      if (!p.measures) p.state = PointState::kFailed;
    }
  }

  const SweepOptions& options_;
  const SweepSpec& sweep_;
  const std::vector<std::string> launcher_;
  const std::string out_;
  std::vector<SweepPoint> points_;
};

}  // namespace

SweepOutcome run_sweep(const SweepSpec& sweep, const SweepOptions& options) {
  return Sweep(sweep, options).run();
}

}  // namespace smmu_vp::tb

// A scenario: what happens on the machine in one run, and what must hold.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/machine/config/keys.h"
#include "testbench/machine/config/pace.h"
#include "testbench/machine/config/random.h"
#include "testbench/machine/platform/platform.h"
#include "testbench/observe/report/run_record.h"
#include "testbench/observe/trace_sinks/interleavings.h"
#include "testbench/runs/scenarios/needs.h"

namespace smmu_vp::tb {

// What a scenario works with. Its run() is a kernel thread: it may call all
// functions of sw::Os and the driver.
class ScenarioContext {
 public:
  ScenarioContext(const Config& c, const Pace& pace_of_config, Platform& p, sw::Kernel& k, trace::Bus& b,
                  const Interleavings& i, RunRecord& r);

  const Config& config;
  const Pace pace;  // source of grace periods and limits
  Platform& platform;
  sw::Os& os;
  sw::Kernel& kernel;
  trace::Bus& bus;                     // listen to anything; announce only through note()
  const Interleavings& interleavings;  // met so far
  Random random;

  // The value of one of the scenario's own parameters; T is bool, u64 or std::string.
  template <typename T>
  const T& parameter(std::string_view name) const {
    return std::get<T>(config.scenario.at(std::string(name)));
  }

  // A line of the run's report.
  void note(std::string text) { bus.announce(trace::Note{std::move(text)}); }
  // A condition that must hold; if it does not, the run has failed but continues.
  bool expect(bool holds, std::string text) {
    progressed();
    record_.expectations.push_back({os.now_ps(), holds, std::move(text)});
    return holds;
  }
  // A case that the scenario meant to test but that did not occur, such as traffic in flight at a kill. It is
  // no failure, but does not count as passed either.
  void not_judged(std::string text) { record_.not_judged.push_back({os.now_ps(), {}, std::move(text)}); }
  // The scenario provokes violations that `monitor` finds of a device: from now on they are counted and fail nothing.
  // One that never comes is listed as not judged.
  void provoke(std::string_view monitor, std::size_t device);
  // A row of the phase table.
  bool row(PhaseRow row) {
    progressed();
    return record_.phases.add(std::move(row));
  }
  // How much of the scenario's work is done, if it knows; for the progress display. Some of it just was.
  void progress(u64 done, u64 total) {
    progressed();
    share_ = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  }
  // The same, called when the display needs it: 0 to 1.
  void progress_by(std::function<double()> share) { share_by_ = std::move(share); }
  std::optional<double> share() const { return share_by_ ? share_by_() : share_; }
  // A table for the report and summary.json.
  void table(MeasuredTable table) { record_.tables.push_back(std::move(table)); }
  // Durations of an operation of the scenario's own, which nothing announces; at least one.
  void durations(const std::string& operation, std::vector<u64> ps) {
    record_.latency[operation] = Latency::summary_of(std::move(ps));
  }

  // Keeps an object that listens to the bus, or that kernel threads use, alive until the run is over.
  void keep(std::shared_ptr<void> kept) { kept_.push_back(std::move(kept)); }
  // Call at the end. Kept objects are never destroyed: only a kernel thread could close open files and
  // pending faults, and none runs any more.
  void abandon();

  // The devices that the kernel's accelerator driver uses, by configuration number; and the driver's object
  // for one of them, once the kernel has booted.
  std::vector<std::size_t> accelerators() const;
  std::vector<std::size_t> accelerators_with_ats() const;
  sw::Accelerator& accelerator(std::size_t device);
  // Raw traffic of a device; the calling thread releases its CPU until the answer arrives.
  device::InjectResult inject(std::size_t device, const device::Injection& what);
  // Checks until `holds` is true, first every `look_ps` and then less and less often; false if it does not
  // become true within `timeout_ps`.
  struct Polling {
    u64 timeout_ps;
    u64 look_ps = 100'000;  // between two looks at first
  };
  bool poll(const std::function<bool()>& holds, const Polling& polling);
  // Waits until the hardware has nothing in flight; false if that does not happen.
  bool settle();

  // When a job last ended, a page was mapped, an invalidation completed, or the scenario took a step. A run
  // without any of these for Pace::longest_without_progress_ps() is stuck.
  u64 last_progress_ps() const { return last_progress_ps_; }

 private:
  void progressed();

  RunRecord& record_;
  u64 last_progress_ps_ = 0;
  std::optional<double> share_;
  std::function<double()> share_by_;
  std::vector<std::shared_ptr<void>> kept_;
};

// The `run` of a scenario implemented by a class: constructs an object with the context,
// keeps it there, and runs it.
template <typename Work>
void run_as(ScenarioContext& ctx) {
  const auto work = std::make_shared<Work>(ctx);
  ctx.keep(work);
  work->run();
}

struct Scenario {
  std::string name, description;  // one line
  std::function<void(ScenarioContext&)> run;
  // Requirements on the configuration, checked before the run. Throws ConfigError for what would otherwise only show
  // in the middle of it.
  std::function<Needs(const Config&)> needs;
  // The longest time a page takes to come from storage; empty: no time.
  std::function<u64(const Config&)> page_in_ps = {};
  // How long the kernel or a device may legitimately hold everything up, in addition to the configured
  // durations: resets, time-outs. Empty: not at all.
  std::function<u64(const Config&)> pause_ps = {};
  // What has to be met in every run; a run that does not says so (not judged).
  std::vector<Interleaving> promises = {};
  std::vector<std::string> defaults = {};  // "key=value", applied before the user's
  std::vector<ScenarioParameter> parameters = {};
  std::vector<const TableKind*> tables = {};  // that it measures
};

// One function per scenario, in the file of the same name.
#define SCENARIO(name) Scenario name();
#include "testbench/runs/scenarios/all.def"

// All scenarios, in the order in which they are listed.
const std::vector<Scenario>& scenarios();
const Scenario* find_scenario(std::string_view name);

}  // namespace smmu_vp::tb

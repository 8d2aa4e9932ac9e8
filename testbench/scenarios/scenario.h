// A scenario: what happens on the machine in one run, and what must be true of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/config/keys.h"
#include "testbench/config/random.h"
#include "testbench/platform/platform.h"
#include "testbench/report/run_record.h"

namespace smmu_vp::tb {

// What a scenario works with. Its run() is a kernel thread: it may call everything of sw::Os and the driver.
class ScenarioContext {
 public:
  ScenarioContext(const Config& c, Platform& p, sw::Kernel& k, trace::Bus& b, RunRecord& r)
      : config(c), platform(p), os(p.os()), kernel(k), bus(b), random(c.seed, 2), record_(r) {}

  const Config& config;
  Platform& platform;
  sw::Os& os;
  sw::Kernel& kernel;
  trace::Bus& bus;  // listen to anything; announce nothing but through note()
  Random random;

  // The value of one of the scenario's own parameters; T is bool, u64 or std::string.
  template <typename T>
  const T& parameter(std::string_view name) const {
    return std::get<T>(config.scenario.at(std::string(name)));
  }

  // A line of the run's account.
  void note(std::string text) { bus.announce(trace::Note{std::move(text)}); }
  // What must hold; when it does not the run has failed, and goes on.
  bool expect(bool holds, std::string text) {
    record_.expectations.push_back({os.now_ps(), holds, std::move(text)});
    return holds;
  }
  // A row of the phase table.
  bool row(PhaseRow row) { return record_.phases.add(std::move(row)); }
  // A table for the account, ready to print.
  void table(std::string text) { record_.tables.push_back(std::move(text)); }

  // Keeps what listens to the bus, or what kernel threads work with, alive until the run is over.
  void keep(std::shared_ptr<void> kept) { kept_.push_back(std::move(kept)); }
  // At the end. What was kept is never destroyed: open files and faults under way could only be closed by a
  // kernel thread, and none will run any more.
  void abandon();

  // Waits until the hardware has nothing in flight; false when it still has after `timeout_ps`.
  bool settle(u64 timeout_ps);

 private:
  RunRecord& record_;
  std::vector<std::shared_ptr<void>> kept_;
};

struct Scenario {
  std::string name, description;  // one line
  std::function<void(ScenarioContext&)> run;
  // Throws ConfigError for what would only come to light in the middle of a run; may be empty.
  std::function<void(const Config&)> check = {};
  std::vector<std::string> defaults;  // "key=value", before the user's own
  std::vector<ScenarioParameter> parameters;
};

// All there are, in the order they are listed.
const std::vector<Scenario>& scenarios();
const Scenario* find_scenario(std::string_view name);

}  // namespace smmu_vp::tb

// The life of a run.
#include "testbench/run/run.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "testbench/config/effective.h"
#include "testbench/platform/advance.h"
#include "testbench/report/account.h"
#include "testbench/report/summary.h"
#include "testbench/run/interruption.h"
#include "testbench/run/observers.h"
#include "testbench/run/stops.h"
#include "testbench/scenarios/scenario.h"

namespace smmu_vp::tb {

namespace {

// How long after the scenario's end the hardware may still be finishing what was in flight.
constexpr u64 kSettlePs = 1'000'000'000'000;
// Simulated time between two looks at the signal flag. Slicing changes nothing in the history.
constexpr u64 kSlicePs = 10'000'000;

enum class End { kFinished, kInterrupted, kStuck, kTimeUp };

End simulate(const bool& finished, const Interruption& interruption, u64 limit_ps, Stops& stops) {
  while (true) {
    const u64 now = sc_core::sc_time_stamp().value();
    advance(sc_core::sc_time::from_value(std::min(kSlicePs, stops.next_ps() - now)));
    stops.reached(sc_core::sc_time_stamp().value());
    if (finished) return End::kFinished;
    if (interruption.signal() != 0) return End::kInterrupted;
    if (sc_core::sc_time_stamp().value() >= limit_ps) return End::kTimeUp;
    if (!sc_core::sc_pending_activity()) return End::kStuck;
  }
}

const char* complaint(End end) {
  switch (end) {
    case End::kStuck:
      return "the scenario waits for something that will never happen";
    case End::kTimeUp:
      return "the scenario was not over within time_limit_ns";
    default:
      return "";
  }
}

}  // namespace

int run(const RunOptions& options) {
  const Scenario* scenario = find_scenario(options.scenario);
  if (!scenario)
    throw ConfigError("unknown scenario '" + options.scenario + "'; see `smmu-vp list scenarios`");
  ConfigSources sources = options.config;
  sources.defaults = scenario->defaults;
  const Config config = load_config(sources, scenario->parameters);

  if (scenario->check) scenario->check(config);

  const auto began = std::chrono::steady_clock::now();
  trace::Bus bus([] { return sc_core::sc_time_stamp().value(); });
  Platform platform("vp", config, bus);  // complains of a configuration before anything is written
  const std::string dir = options.out.empty() ? "out/" + scenario->name : options.out;
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) throw OutputError(dir + ": " + error.message());

  RunRecord record;
  record.scenario = scenario->name;
  record.seed = config.seed;
  record.config = effective_config(config, scenario->parameters);
  Observers observers(bus, record, dir);
  observers.open_waves(bus, platform, options);
  const auto kernel = std::make_shared<sw::Kernel>(platform.os(), config.driver, platform.description());
  ScenarioContext context(config, platform, *kernel, bus, record);
  context.keep(kernel);

  Stops stops(options, platform, dir, record);
  bool finished = false;
  platform.os().spawn("scenario", [&] {
    scenario->run(context);
    if (!context.settle(kSettlePs)) context.expect(false, "nothing is in flight after the scenario's end");
    finished = true;
    sc_core::sc_pause();
  });
  const Interruption interruption;
  const End end = simulate(finished, interruption, config.time_limit_ps, stops);

  const u64 now = sc_core::sc_time_stamp().value();
  if (end == End::kFinished) {
    for (auto& monitor : record.monitors) monitor->finish(now);
  }
  context.abandon();
  if (end == End::kInterrupted) {
    record.error = "interrupted";
  } else if (end != End::kFinished) {
    record.expectations.push_back({now, false, complaint(end)});
  }
  stops.close(now);
  record.sim_time_ps = now;
  platform.visit_counters([&](const std::string& name, u64 value) { record.counters[name] = value; });
  observers.close(now);
  const bool clean = record.violations() + record.failed_rows() + record.failed_expectations() == 0;
  record.status = end == End::kInterrupted ? RunStatus::kError
                  : clean                  ? RunStatus::kOk
                                           : RunStatus::kViolation;
  record.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  write_whole(dir + "/summary.json", summary(record).dump(1) + "\n");
  record.outputs.insert(record.outputs.begin(), dir + "/summary.json");
  if (!options.quiet) std::fputs(stops.explanations().c_str(), stdout);
  if (!options.quiet) std::fputs(account(record, isatty(STDOUT_FILENO) != 0).c_str(), stdout);
  if (end == End::kInterrupted) return 128 + interruption.signal();
  return clean ? 0 : 1;
}

}  // namespace smmu_vp::tb

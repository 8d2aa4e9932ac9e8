// Executes a run: configuration, simulation, outputs.
#include "testbench/runs/run/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "testbench/machine/config/effective.h"
#include "testbench/machine/platform/advance.h"
#include "testbench/observe/judges/judges.h"
#include "testbench/observe/output/interruption.h"
#include "testbench/observe/output/progress.h"
#include "testbench/observe/recording/recorder.h"
#include "testbench/observe/report/account.h"
#include "testbench/observe/report/text.h"
#include "testbench/runs/run/met_interleavings.h"
#include "testbench/runs/run/stops.h"
#include "testbench/runs/scenarios/scenario.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

// Simulated time between two checks of the signal flag. Slices do not affect the simulation.
constexpr u64 kSlicePs = 10'000'000;

enum class End { kFinished, kInterrupted, kStuck, kNoProgress, kTimeUp };

struct Limits {
  u64 time_ps;         // simulated time; 0 for none
  u64 no_progress_ps;  // the longest time without progress
};

End simulate(const bool& finished, const Interruption& interruption, const ScenarioContext& context,
             const Limits& limits, Stops& stops, bool quiet) {
  Progress progress(!quiet);
  while (true) {
    const u64 now = sc_core::sc_time_stamp().value();
    advance(sc_core::sc_time::from_value(std::min(kSlicePs, stops.next_ps() - now)));
    const u64 reached = sc_core::sc_time_stamp().value();
    stops.reached(reached);
    if (progress.due()) {
      const auto a_second = static_cast<u64>(static_cast<double>(reached) / progress.seconds());
      progress.show(fmt::format("{} simulated, {} a second", time_text(reached), time_text(a_second)),
                    context.share());
    }
    if (finished) return End::kFinished;
    if (interruption.signal() != 0) return End::kInterrupted;
    if (limits.time_ps != 0 && reached >= limits.time_ps) return End::kTimeUp;
    if (reached - context.last_progress_ps() > limits.no_progress_ps) return End::kNoProgress;
    if (!sc_core::sc_pending_activity()) return End::kStuck;
  }
}

// The command that repeats this run; further options can be appended.
std::vector<std::string> command_of(const RunOptions& options, u64 seed) {
  std::vector<std::string> words = {options.program, "run", options.scenario, "--seed", std::to_string(seed)};
  if (options.config.file) words.insert(words.end(), {"--config", *options.config.file});
  for (const std::string& setting : options.config.overrides)
    if (!setting.starts_with("seed=")) words.insert(words.end(), {"--set", setting});
  if (!options.out.empty()) words.insert(words.end(), {"--out", options.out});
  if (options.waves == WaveFormat::kVcd) words.insert(words.end(), {"--waves", "vcd"});
  return words;
}

std::string complaint(End end, u64 last_progress_ps) {
  switch (end) {
    case End::kStuck:
      return "the scenario waits, but no event is left to wake it";
    case End::kNoProgress:
      return "no progress since " + time_text(last_progress_ps) + ", although the simulation is still active";
    case End::kTimeUp:
      return "the scenario did not end within time_limit_ns";
    case End::kFinished:
    case End::kInterrupted:
      break;
  }
  return "";
}

const Scenario& scenario_of(const RunOptions& options) {
  if (const Scenario* found = find_scenario(options.scenario)) return *found;
  std::vector<std::string> names;
  for (const Scenario& s : scenarios()) names.push_back(s.name);
  throw ConfigError(
      fmt::format("unknown scenario '{}'; there are {}", options.scenario, fmt::join(names, ", ")));
}

u64 page_in_ps(const Scenario& scenario, const Config& config) {
  return scenario.page_in_ps ? scenario.page_in_ps(config) : 0;
}

Config configured(const Scenario& scenario, const RunOptions& options) {
  ConfigSources sources = options.config;
  sources.defaults = scenario.defaults;
  Config config = load_config(sources, scenario.parameters);
  const Pace pace(config, page_in_ps(scenario, config));
  check_needs(config, scenario.name, scenario.needs(config), pace);
  return config;
}

// Which thread runs on which CPU: no fact reports that.
void follow_threads(SimOs& os, Timeline& timeline) {
  timeline.tell_thread([&os] { return os.running(); });
  os.on_ran([&timeline](std::string_view thread, unsigned cpu, u64 begin_ps, u64 end_ps) {
    timeline.ran(thread, cpu, begin_ps, end_ps);
  });
}

}  // namespace

std::string missing_model(const RunOptions& options) {
  const Config config = configured(scenario_of(options), options);
  trace::Bus bus([] { return u64{0}; });
  try {
    const Platform platform("vp", config, bus);
  } catch (const MissingModel& e) {
    return e.model;
  }
  return "";
}

void check_run(const std::string& scenario, const ConfigSources& sources) {
  RunOptions options;
  options.scenario = scenario;
  options.config = sources;
  (void)configured(scenario_of(options), options);
}

int run(const RunOptions& options) {
  const Scenario* scenario = &scenario_of(options);
  const Config config = configured(*scenario, options);
  const Pace pace(config, page_in_ps(*scenario, config));

  trace::Bus bus([] { return sc_core::sc_time_stamp().value(); });
  Platform platform("vp", config, bus);  // reports configuration errors before anything is written
  RamView ram;
  ram.look_at(platform.ram());
  RunRecord record;
  record.scenario = scenario->name;
  record.seed = config.seed;
  record.command = command_of(options, config.seed);
  record.directory = options.out.empty() ? "out/" + scenario->name : options.out;
  record.config = std::make_shared<nlohmann::json>(effective_config(config, scenario->parameters));
  record.sources = std::make_shared<nlohmann::json>(effective_sources(config));
  record.uncalibrated = any_uncalibrated(*record.sources);
  Recorder recorder(bus, record, options.record);
  const std::vector<std::unique_ptr<Monitor>> monitors =
      make_judges(bus, config, ram, delays_of_scenario(config, page_in_ps(*scenario, config)));
  record.monitors = monitors;
  const Interleavings interleavings(bus);
  std::optional<MachineWaves> waves;
  if (options.record.waves)
    recorder.open_waves(waves.emplace(bus, platform, options.wave_window), options.waves);
  if (recorder.timeline() != nullptr) follow_threads(platform.os(), *recorder.timeline());
  const auto kernel = std::make_shared<sw::Kernel>(platform.os(), config.driver, platform.description());
  ScenarioContext context(config, pace, platform, *kernel, bus, interleavings, record);
  context.keep(kernel);

  Stops stops(options, platform, recorder);
  bool finished = false;
  platform.os().spawn("scenario", [&] {
    scenario->run(context);
    if (!context.settle()) context.expect(false, "nothing is in flight after the scenario's end");
    finished = true;
    sc_core::sc_pause();
  });
  const Interruption interruption;
  const End end = simulate(finished, interruption, context,
                           {.time_ps = config.time_limit_ps,
                            .no_progress_ps = pace.longest_without_progress_ps() +
                                              (scenario->pause_ps ? scenario->pause_ps(config) : 0)},
                           stops, options.quiet);

  const u64 now = sc_core::sc_time_stamp().value();
  // What is undone when a run has come to a stop will never be done.
  if (end == End::kFinished || end == End::kStuck || end == End::kNoProgress)
    for (const auto& monitor : monitors) monitor->finish(now);
  if (end == End::kFinished) record.note_missing_violations(now);
  report_interleavings(interleavings, *scenario, {.finished = end == End::kFinished, .t_ps = now}, record);
  context.abandon();
  if (end == End::kInterrupted) {
    record.signal = interruption.signal_name();
  } else if (end != End::kFinished) {
    record.expectations.push_back({now, false, complaint(end, context.last_progress_ps())});
  }
  stops.close(now);
  // Report unwritten outputs at the end: the account of the run is still useful.
  const std::string unwritten = recorder.close(platform, now);
  if (!options.quiet) std::fputs(recorder.explanations().c_str(), stdout);
  if (!options.quiet) std::fputs(account(record, paper_of(STDOUT_FILENO)).c_str(), stdout);
  if (options.record.waves && options.wave_window.start_ps > now)
    fmt::print(stderr,
               "smmu-vp: --wave-window begins at {}: the run ended before, at {}, and its waves are empty\n",
               time_text(options.wave_window.start_ps), time_text(now));
  for (const TimedLine& l : record.incomplete)
    fmt::print(stderr, "smmu-vp: {}: at {} {}\n", record.directory, time_text(l.t_ps), l.text);
  if (!unwritten.empty()) throw WriteError(unwritten);
  if (end == End::kInterrupted) return 128 + interruption.signal();
  return record.clean() ? 0 : 1;
}

}  // namespace smmu_vp::tb

// Keeps as many runs going as there are jobs; each trial has one at a time, so that none runs longer than it must.
#include "testbench/runs/gauntlet/gauntlet.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <deque>
#include <nlohmann/json.hpp>
#include <thread>

#include "testbench/machine/config/config_error.h"
#include "testbench/observe/output/interruption.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/output/progress.h"
#include "testbench/observe/output/run_folder.h"
#include "testbench/observe/report/terminal.h"
#include "testbench/runs/children/child_runs.h"
#include "testbench/runs/gauntlet/report.h"

namespace smmu_vp::tb {

namespace {

constexpr std::string_view kCorrect = "none";

std::vector<const PlantedBug*> chosen(const std::vector<std::string>& names) {
  std::vector<const PlantedBug*> bugs;
  for (const PlantedBug& bug : planted_bugs())
    if (names.empty() || std::ranges::find(names, bug.name) != names.end()) bugs.push_back(&bug);
  for (const std::string& name : names)
    if (name != kCorrect &&
        std::ranges::find(planted_bugs(), name, &PlantedBug::name) == planted_bugs().end())
      throw ConfigError(fmt::format("--bug {}: no such bug; see `smmu-vp list bugs`", name));
  return bugs;
}

// The correct driver runs wherever bugs do harm, each place once.
std::vector<Trial> trials_of(const GauntletOptions& options) {
  std::vector<Trial> trials;
  for (const PlantedBug* bug : chosen(options.bugs))
    trials.emplace_back(bug, bug->shows, fmt::format("{}/{}", options.out, bug->name), options.seeds);
  const bool with_correct =
      options.bugs.empty() || std::ranges::find(options.bugs, kCorrect) != options.bugs.end();
  std::vector<spec::Provocation> places;
  for (const PlantedBug& bug : planted_bugs()) {
    if (!with_correct || std::ranges::find(places, bug.shows) != places.end()) continue;
    trials.emplace_back(nullptr, bug.shows, fmt::format("{}/{}_{}", options.out, kCorrect, places.size()),
                        options.seeds);
    places.push_back(bug.shows);
  }
  return trials;
}

// False when a signal came first.
bool run_all(std::vector<Trial>& trials, const GauntletOptions& options, const Interruption& interruption) {
  const unsigned jobs = options.jobs != 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  Progress progress(!options.quiet);
  std::deque<std::size_t> waiting;
  for (std::size_t i = 0; i < trials.size(); ++i) waiting.push_back(i);
  ChildRuns children;
  for (std::size_t over = 0; over < trials.size();) {
    for (; !waiting.empty() && children.running() < jobs; waiting.pop_front())
      children.start(waiting.front(), trials[waiting.front()].next());
    const auto ended = children.wait();
    if (interruption.signal() != 0) return false;
    if (!ended) continue;
    Trial& trial = trials[ended->id];
    trial.ended(read_verdict(ended->status, trial.directory()));
    if (trial.over())
      ++over;
    else
      waiting.push_front(ended->id);
    progress.at(fmt::format("{} of {} over", over, trials.size()), static_cast<double>(over),
                static_cast<double>(trials.size()));
  }
  return true;
}

}  // namespace

int run_gauntlet(const GauntletOptions& options) {
  std::vector<Trial> trials = trials_of(options);
  RunFolder folder(options.out);
  const Interruption interruption;
  if (!run_all(trials, options, interruption)) return 128 + interruption.signal();
  write_whole(folder.file("summary.json"), rows_json(trials).dump(1) + "\n");
  if (options.markdown) {
    std::fputs(rows_markdown(trials).c_str(), stdout);
  } else if (!options.quiet) {
    std::fputs(rows_text(trials, paper_of(STDOUT_FILENO).width).c_str(), stdout);
  }
  return std::ranges::all_of(trials, &Trial::passed) ? 0 : 1;
}

}  // namespace smmu_vp::tb

// smmu-vp-cosim: operations on one RTL cache, random for as long as there is time, or listed; docs/rtl_cache.md.
// Exit status: 0 if every profile judged answers, with no difference and no failed assertion; 1 otherwise; 2 for wrong
// usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/output/output_place.h"
#include "testbench/observe/output/progress.h"
#include "testbench/runs/cosim/cosim_report.h"
#include "testbench/runs/cosim/first_difference.h"
#include "testbench/runs/cosim/subject.h"

namespace smmu_vp::tb {

namespace {

struct Options {
  SubjectOptions subject;
  u64 operations = 1'000'000;
  std::string profile, replay, out, json;
  u32 seed = 1;
  bool shrink = false, waves = false, latencies = false;
  bool keeps() const { return shrink || waves || !out.empty(); }
};

std::string word(std::string_view profile) {
  std::string text(profile);
  std::ranges::replace(text, ' ', '_');
  return text;
}

// A profile's part of all operations.
struct Share {
  u64 operations, before;  // before: judged by the profiles before it
};
TrafficResult run_profile(const Subject& subject, const TrafficWeights& weights, const Options& options,
                          const Share& share, Progress& progress) {
  const auto model = subject.bench.make();
  RandomTraffic traffic(*model, subject.bench.reference, options.seed, weights);
  TrafficResult result;
  for (u64 left = share.operations; left != 0;) {
    constexpr u64 kBetweenLooks = 10'000;
    const u64 now = std::min(left, kBetweenLooks);
    result = traffic.run(now);
    left -= now;
    progress.at(fmt::format("{} operations judged", share.before + result.compared),
                static_cast<double>(share.before + result.compared), static_cast<double>(options.operations));
  }
  // A request that is never answered violates the contract, too.
  if (subject.by_contract()) result = traffic.finish();
  progress.clear();
  return result;
}

// Keeps the list up to the difference, and what else is asked for; returns the path without ending.
struct Kept {
  std::string name, origin;
};
std::string keep(const Subject& subject, OperationList list, const Options& options, const Kept& kept) {
  const std::string folder = options.out.empty() ? "out/cosim" : options.out;
  make_folder(folder);
  std::string path = folder + "/" + kept.name;
  const std::size_t before = list.size();
  if (options.shrink) list = shrink(subject.bench, std::move(list));
  if (options.shrink)
    std::printf("%s: %zu operations, %zu of them differ as well\n", kept.name.c_str(), before, list.size());
  write_list(path, list, fmt::format("# {}\n# {}\n", subject.title, kept.origin));
  if (options.waves) replay_with_waves(subject.bench, list, path, "cache");
  return path;
}

int verdict(const std::vector<ProfileResult>& profiles, double seconds) {
  u64 judged = 0;
  bool clean = true;
  for (const ProfileResult& p : profiles) {
    judged += p.result.compared;
    clean = clean && p.result.compared != 0 && p.result.clean();
  }
  std::printf("%llu operations compared in %.1f s (%.2f M/s): %s\n", static_cast<unsigned long long>(judged),
              seconds, static_cast<double>(judged) / seconds / 1e6,
              clean         ? "no difference, no failed assertion"
              : judged == 0 ? "not judged"
                            : "FAILED");
  return clean ? 0 : 1;
}

// Answers are taken at once, so that only the cache takes time.
TrafficResult undisturbed(const Subject& subject, const Options& options) {
  constexpr u64 kOperations = 20'000;
  const auto model = subject.bench.make();
  return RandomTraffic(*model, subject.bench.reference, options.seed,
                       {.name = "undisturbed", .hold_percent = 0})
      .run(kOperations);
}

int run_random(const Subject& subject, const Options& options) {
  std::vector<TrafficWeights> profiles;
  for (const TrafficWeights& weights : traffic_profiles())
    if (options.profile.empty() || weights.name == options.profile) profiles.push_back(weights);
  if (profiles.empty()) throw std::invalid_argument("--profile: no such profile");
  std::printf("%s, seed %u\n%s", subject.title.c_str(), options.seed, table_head().c_str());
  const auto began = std::chrono::steady_clock::now();
  std::vector<ProfileResult> results;
  Progress progress;
  u64 judged = 0;
  const u64 each = std::max<u64>(options.operations / profiles.size(), 1);
  for (const TrafficWeights& weights : profiles) {
    ProfileResult& p = results.emplace_back();
    p.profile = weights.name;
    p.result = run_profile(subject, weights, options, {.operations = each, .before = judged}, progress);
    judged += p.result.compared;
    if (!p.result.clean() && options.keeps())
      p.kept = keep(subject, list_to_difference(subject.bench, weights, options.seed, each), options,
                    {.name = word(weights.name),
                     .origin = fmt::format("profile {}, seed {}: {}", weights.name, options.seed,
                                           p.result.difference)});
    std::fputs(table_row(p).c_str(), stdout);
    std::fflush(stdout);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const TrafficResult timed =
      options.latencies || !options.json.empty() ? undisturbed(subject, options) : TrafficResult{};
  if (options.latencies) std::fputs(latency_table(timed).c_str(), stdout);
  if (!options.json.empty()) write_whole(options.json, to_json(subject.title, options.seed, results, timed));
  return verdict(results, seconds);
}

int run_list(const Subject& subject, const Options& options) {
  const OperationList list = read_list(options.replay);
  std::printf("%s, %s\n%s", subject.title.c_str(), options.replay.c_str(), table_head().c_str());
  const auto began = std::chrono::steady_clock::now();
  ProfileResult p{.profile = "list", .result = Replay(subject.bench).play(list), .kept = {}};
  if (options.keeps() && (options.waves || !p.result.clean()))
    p.kept = keep(subject, list, options, {.name = "list", .origin = "from " + options.replay});
  std::fputs(table_row(p).c_str(), stdout);
  return verdict({p}, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

int run(const Options& options) {
  const Subject subject = subject_of(options.subject);
  return options.replay.empty() ? run_random(subject, options) : run_list(subject, options);
}

void describe(CLI::App& app, Options& options) {
  app.add_option("--operations", options.operations, "how many, over all profiles (1000000)")
      ->check(CLI::PositiveNumber);
  app.add_option("--size", options.subject.size, "SETSxWAYSxBLOCK_ENTRIESxMSHRS[xnru] (64x4x16x16)");
  app.add_option("--design", options.subject.design,
                 fmt::format("{} (translation_cache)", fmt::join(core::kRtlDesigns, ", ")));
  app.add_option("--plugin", options.subject.plugin, "a plug-in of ./vp rtl try in the place of a design");
  app.add_option(
      "--judge", options.subject.judge,
      "lockstep, with the reference of that size; or contract, for any organisation (a plug-in's default)");
  app.add_option("--profile", options.profile, "one profile of traffic instead of all");
  app.add_option("--seed", options.seed, "of the traffic (1)");
  app.add_option("--replay", options.replay, "play this list of operations instead of random ones");
  app.add_option("--out", options.out, "keep the operations up to the first difference here (out/cosim)");
  app.add_flag("--shrink", options.shrink, "shorten them to the shortest list found that still differs");
  app.add_flag("--waves", options.waves,
               "write waves of them too, with a layout and a marker at the difference");
  app.add_flag("--latencies", options.latencies, "print the cycles that each kind of operation takes");
  app.add_option("--json", options.json, "write the results to this file too");
}

int dispatch(int argc, char** argv) {
  Options options;
  CLI::App app{"Operations on the RTL translation cache, judged by its reference or by its contract"};
  describe(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  }
  return run(options);
}

}  // namespace

}  // namespace smmu_vp::tb

int main(int argc, char** argv) {
  try {
    return smmu_vp::tb::dispatch(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "smmu-vp-cosim: %s\n", error.what());
    return 2;
  }
}

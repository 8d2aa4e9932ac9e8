// smmu-vp-cosim: random operations in lockstep, for as long as there is time.
//
// usage: smmu-vp-cosim [--operations N] [--size SETSxWAYSxBLOCK_ENTRIESxMSHRS[xnru]] [--design NAME]
// [--profile NAME]
//                      [--seed N]
// Without --profile all profiles share the operations. Exit status: 0 if every profile compared operations,
// with no difference and no failed assertion; 1 otherwise; 2 for wrong usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "testbench/observe/output/progress.h"
#include "tests/cosim/random_traffic.h"

namespace smmu_vp::tb {

namespace {

struct Options {
  u64 operations = 1'000'000;
  std::string size = "64x4x16x16", design = "translation_cache", profile;
  u32 seed = 1;
};

RtlConfiguration parse(const std::string& size) {
  RtlConfiguration wanted{};
  core::CacheConfig& c = wanted.config;
  char policy[8] = "";
  const int read =
      std::sscanf(size.c_str(), "%ux%ux%ux%ux%7s", &c.sets, &c.ways, &c.block_entries, &c.mshrs, policy);
  const bool nru = std::string(policy) == "nru";
  if (read < 4 || (read == 5 && !nru))
    throw CLI::ValidationError("--size", "expected like 64x4x16x16 or 8x2x4x4xnru");
  if (nru) wanted.replacement = core::Replacement::kNru;
  return wanted;
}

const RtlConfiguration& find(const Options& options) {
  const RtlConfiguration wanted = parse(options.size);
  for (const RtlConfiguration& c : rtl_configurations())
    if (to_string(c.design) == options.design && c.config == wanted.config &&
        c.replacement == wanted.replacement)
      return c;
  std::string known;
  for (const RtlConfiguration& c : rtl_configurations())
    known += "\n  " + to_string(c.design) + " " + to_string(c.config, c.replacement);
  throw CLI::ValidationError("--size", "no such design and size; there are" + known);
}

int run(const Options& options) {
  const RtlConfiguration& rtl = find(options);
  std::vector<TrafficWeights> profiles;
  for (const TrafficWeights& weights : traffic_profiles())
    if (options.profile.empty() || weights.name == options.profile) profiles.push_back(weights);
  if (profiles.empty()) throw CLI::ValidationError("--profile", "no such profile");

  std::printf("%s %s, seed %u\n%-14s %12s %12s %10s %10s %10s %10s %10s %8s\n", to_string(rtl.design).c_str(),
              to_string(rtl.config, rtl.replacement).c_str(), options.seed, "profile", "operations", "clocks",
              "hits", "misses", "merged", "filled", "dropped", "inval.");
  const auto began = std::chrono::steady_clock::now();
  u64 compared = 0;
  bool clean = true;
  Progress progress;
  for (const TrafficWeights& weights : profiles) {
    const auto model = rtl.make("cache");
    RandomTraffic traffic(*model, core::ReferenceCache(rtl.config, rtl.replacement), options.seed, weights);
    TrafficResult r;
    for (u64 left = std::max<u64>(options.operations / profiles.size(), 1); left != 0;) {
      constexpr u64 kBetweenLooks = 10'000;
      const u64 now = std::min(left, kBetweenLooks);
      r = traffic.run(now);
      left -= now;
      progress.at(fmt::format("{} operations compared", compared + r.compared),
                  static_cast<double>(compared + r.compared), static_cast<double>(options.operations));
    }
    progress.clear();
    std::printf("%-14s %12llu %12llu %10llu %10llu %10llu %10llu %10llu %8llu\n",
                std::string(weights.name).c_str(), static_cast<unsigned long long>(r.compared),
                static_cast<unsigned long long>(r.cycles), static_cast<unsigned long long>(r.hits),
                static_cast<unsigned long long>(r.misses), static_cast<unsigned long long>(r.merged),
                static_cast<unsigned long long>(r.filled), static_cast<unsigned long long>(r.dropped),
                static_cast<unsigned long long>(r.invalidations));
    compared += r.compared;
    if (r.compared == 0) std::printf("not judged: no answer was compared\n");
    if (!r.difference.empty()) std::printf("difference: %s\n", r.difference.c_str());
    for (const std::string& what : r.assertions) std::printf("assertion: %s\n", what.c_str());
    clean = clean && r.compared != 0 && r.difference.empty() && r.assertions.empty();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%llu operations compared in %.1f s (%.2f M/s): %s\n",
              static_cast<unsigned long long>(compared), seconds,
              static_cast<double>(compared) / seconds / 1e6,
              clean           ? "no difference, no failed assertion"
              : compared == 0 ? "not judged"
                              : "FAILED");
  return clean ? 0 : 1;
}

}  // namespace

}  // namespace smmu_vp::tb

int main(int argc, char** argv) {
  smmu_vp::tb::Options options;
  CLI::App app{"Random operations on the RTL translation cache in lockstep with its reference"};
  app.add_option("--operations", options.operations, "how many, over all profiles")
      ->check(CLI::PositiveNumber);
  app.add_option("--size", options.size, "SETSxWAYSxBLOCK_ENTRIESxMSHRS[xnru]");
  app.add_option("--design", options.design, "translation_cache, simple_cache or stale_cache");
  app.add_option("--profile", options.profile, "one profile of traffic instead of all");
  app.add_option("--seed", options.seed, "of the traffic");
  try {
    app.parse(argc, argv);
    return smmu_vp::tb::run(options);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "smmu-vp-cosim: %s\n", error.what());
    return 2;
  }
}

// The alternatives are the cases of a sweep over the scenario trace_replay.
#include "testbench/runs/estimate/estimate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "testbench/machine/config/config_error.h"
#include "testbench/runs/estimate/ftrace.h"
#include "testbench/runs/sweep/sweep.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kScenario = "trace_replay";

// What one would try: range commands, the driver's threshold, sizes of the command queue and of the TLB, broadcasts.
std::vector<AxisValue> alternatives() {
  return {
      {.label = "as given", .number = {}, .settings = {}},
      {.label = "no range commands", .number = {}, .settings = {"driver.ril=false"}},
      {.label = "range commands", .number = {}, .settings = {"smmu.features.ril=true", "driver.ril=true"}},
      {.label = "threshold 64 pages",
       .number = {},
       .settings = {"driver.ril=false", "driver.max_tlbi_ops=64"}},
      {.label = "threshold 4096 pages",
       .number = {},
       .settings = {"driver.ril=false", "driver.max_tlbi_ops=4096"}},
      {.label = "batches of 8", .number = {}, .settings = {"driver.cmdq_batch=8"}},
      {.label = "command queue of 4096",
       .number = {},
       .settings = {"smmu.features.cmdq_log2_max=12", "driver.cmdq_log2=12"}},
      {.label = "TLB of 256 sets",
       .number = {},
       .settings = {"smmu.tbu.tlb.impl=reference", "smmu.tbu.tlb.sets=256"}},
      {.label = "TLB of 16 sets",
       .number = {},
       .settings = {"smmu.tbu.tlb.impl=reference", "smmu.tbu.tlb.sets=16"}},
      {.label = "broadcasts", .number = {}, .settings = {"smmu.features.btm=true", "driver.btm=true"}}};
}

u64 count(const FtraceText& trace, TracedKind kind) {
  return static_cast<u64>(std::ranges::count(trace.operations, kind, &TracedOperation::kind));
}

std::string account(const FtraceText& trace, const std::string& path) {
  std::string text = fmt::format(
      "{}: {} lines: {} unmappings, {} mappings, {} flushes of CPU TLBs, {} exits, {} other events\n", path,
      trace.lines, count(trace, TracedKind::kUnmap), count(trace, TracedKind::kMap),
      count(trace, TracedKind::kFlush), count(trace, TracedKind::kExit), trace.other_events);
  if (trace.malformed == 0) return text;
  text += fmt::format("{} malformed lines:\n", trace.malformed);
  for (const auto& [line, why] : trace.first_malformed) text += fmt::format("  line {}: {}\n", line, why);
  if (trace.malformed > trace.first_malformed.size())
    text += fmt::format("  and {} more\n", trace.malformed - trace.first_malformed.size());
  return text;
}

FtraceText trace_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw ConfigError(fmt::format("--ftrace {}: {}", path, std::strerror(errno)));
  FtraceText trace = read_ftrace(file);
  if (file.bad()) throw ConfigError(fmt::format("--ftrace {}: cannot be read", path));
  return trace;
}

}  // namespace

int run_estimate(const EstimateOptions& options) {
  const FtraceText trace = trace_in(options.trace);
  if (!options.quiet) std::fputs(account(trace, options.trace).c_str(), stdout);
  if (count(trace, TracedKind::kUnmap) == 0)
    throw ConfigError(
        fmt::format("--ftrace {}: no iommu:unmap and no munmap among {} lines, {} of them malformed",
                    options.trace, trace.lines, trace.malformed));
  SweepSpec sweep{.file = options.trace,
                  .title = "Estimate of " + options.trace,
                  .scenario = kScenario,
                  .config = options.config,
                  .settings = options.settings,
                  .axes = {{.name = "configuration", .unit = "", .values = alternatives()}},
                  .seeds = {1},
                  .plots = {}};
  sweep.settings.push_back("scenario.trace=" + options.trace);
  // Of alternatives that the configuration rules out, such as a small TLB that it does not let shrink, nothing is shown.
  std::erase_if(sweep.axes[0].values, [&](const AxisValue& alternative) {
    if (alternative.settings.empty()) return false;
    std::vector<std::string> settings = sweep.settings;
    settings.insert(settings.end(), alternative.settings.begin(), alternative.settings.end());
    try {
      options.check(kScenario, {.defaults = {}, .file = options.config, .overrides = settings});
      return false;
    } catch (const ConfigError&) {
      return true;
    }
  });
  const auto plot = [&](const char* title, const char* measure) {
    PlotSpec spec;
    spec.title = title, spec.x = "configuration", spec.y = measure;
    sweep.plots.push_back(std::move(spec));
  };
  plot("Time of all invalidations", "table.replay.total");
  plot("Mean of an invalidation", "table.replay.mean");
  plot("99th percentile of an invalidation", "table.replay.p99");
  plot("TLBI commands", "table.replay.TLBI");
  const SweepOptions how{.out = options.out,
                         .jobs = options.jobs,
                         .unfinished = Unfinished::kOverwrite,
                         .quiet = options.quiet,
                         .executor = Executor::kLocal,
                         .check = options.check};
  return run_sweep(sweep, how).status;
}

}  // namespace smmu_vp::tb

// Options are checked here; what they mean is in testbench/runs/sweep and testbench/runs/compare.
#include "testbench/runs/cli/study_commands.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "testbench/runs/compare/compare_command.h"
#include "testbench/runs/estimate/estimate.h"
#include "testbench/runs/run/run.h"
#include "testbench/runs/sweep/sweep.h"

namespace smmu_vp::tb {

namespace {

struct SweepsOptions {
  std::string out, page;
  SweepOptions each;
};

// One after the other; a mistake in a file shows before any has run.
int run_sweeps(const std::vector<std::string>& files, const SweepsOptions& options) {
  std::vector<SweepSpec> sweeps;
  sweeps.reserve(files.size());
  for (const std::string& file : files) sweeps.push_back(read_sweep(file));
  std::vector<Validation> studies;
  int status = 0;
  for (const SweepSpec& sweep : sweeps) {
    const std::string name = std::filesystem::path(sweep.file).stem().string();
    SweepOptions one = options.each;
    one.out = options.out.empty() ? "out/sweeps/" + name
              : files.size() == 1 ? options.out
                                  : options.out + "/" + name;
    SweepOutcome outcome = run_sweep(sweep, one);
    status = std::max(status, outcome.status);
    if (status > 1) return status;
    studies.push_back(std::move(outcome.validation));
  }
  if (!options.page.empty()) write_whole(options.page, validation_page(studies));
  return status;
}

}  // namespace

void add_sweep(CLI::App& app, int& status) {
  const auto options = std::make_shared<SweepOptions>();
  const auto files = std::make_shared<std::vector<std::string>>();
  const auto executor = std::make_shared<std::string>("local"), out = std::make_shared<std::string>(),
             page = std::make_shared<std::string>();
  const auto resume = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("sweep", "Run a scenario over the values of keys, one process a point");
  command->add_option("files", *files, "TOML files; see docs/sweeps.md")->required();
  command->add_option("--jobs", options->jobs, "Runs at once (default: one a CPU; with Slurm 256)")
      ->check(CLI::Range(1u, 1024u));
  command->add_option(
      "--out", *out,
      "Directory for outputs (default: out/sweeps/NAME of the file); of several files, one in it each");
  command->add_option("--page", *page,
                      "Markdown file for published figures, laws and measurements side by side");
  command->add_flag("--resume", *resume, "Keep the points that have run, and run the others");
  command->add_option("--executor", *executor, "local (default) or slurm")
      ->check(CLI::IsMember({"local", "slurm"}));
  command->add_flag("--quiet", options->quiet, "Print nothing");
  command->callback([options, files, resume, executor, out, page, &status] {
    if (*resume) options->unfinished = Unfinished::kContinue;
    options->executor = *executor == "slurm" ? Executor::kSlurm : Executor::kLocal;
    options->check = check_run;
    status = run_sweeps(*files, {.out = *out, .page = *page, .each = *options});
  });
}

void add_compare(CLI::App& app, int& status) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand("compare", "Two runs or sweeps side by side");
  command->add_option("a", options->a, "Folder of a run or sweep")->required();
  command->add_option("b", options->b, "Folder of another")->required();
  command->add_option("--out", options->out, "Directory for outputs (default: out/compare)");
  command->add_flag("--all", options->all, "Also print differences that are within the spread over seeds");
  command->callback([options, &status] { status = run_compare(*options); });
}

void add_estimate(CLI::App& app, int& status) {
  const auto options = std::make_shared<EstimateOptions>();
  CLI::App* command = app.add_subcommand("estimate", "What the unmappings of a Linux trace cost");
  command
      ->add_option("--ftrace", options->trace,
                   "Text of trace-cmd report, perf script or ftrace; see docs/estimate.md")
      ->required();
  command->add_option("--config", options->config, "TOML file; see `list config`");
  command->add_option("--set", options->settings, "key=value; may be repeated")->allow_extra_args(false);
  command->add_option("--out", options->out, "Directory for outputs (default: out/estimate)");
  command->add_option("--jobs", options->jobs, "Runs at once (default: one a CPU)")
      ->check(CLI::Range(1u, 1024u));
  command->add_flag("--quiet", options->quiet, "Print nothing");
  command->callback([options, &status] {
    options->check = check_run;
    status = run_estimate(*options);
  });
}

}  // namespace smmu_vp::tb

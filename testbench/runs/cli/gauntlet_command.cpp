// The options of the gauntlet.
#include "testbench/runs/cli/gauntlet_command.h"

#include <memory>

#include "testbench/runs/gauntlet/gauntlet.h"

namespace smmu_vp::tb {

void add_gauntlet(CLI::App& run, int& status) {
  const auto options = std::make_shared<GauntletOptions>();
  CLI::App* command = run.add_subcommand("gauntlet", "Run every planted bug, and say what caught it");
  command
      ->add_option("--bug", options->bugs,
                   "Only this one; may be repeated; none for the correct driver; see `list bugs`")
      ->allow_extra_args(false);
  command->add_option("--seeds", options->seeds, "Most runs of each bug, and runs of the correct driver (20)")
      ->check(CLI::Range(1u, 1'000'000u));
  command->add_option("--jobs", options->jobs, "Runs at once (default: one a CPU)")
      ->check(CLI::Range(1u, 1024u));
  command->add_option("--out", options->out, "Directory for outputs (default: out/gauntlet)");
  command->add_flag("--markdown", options->markdown, "Print the page of docs/ in the place of the table");
  command->add_flag("--quiet", options->quiet, "Print nothing");
  command->callback([options, &status] { status = run_gauntlet(*options); });
}

}  // namespace smmu_vp::tb

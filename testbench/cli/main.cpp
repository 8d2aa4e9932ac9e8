// smmu-vp: the command line. Every failure is one line on stderr and exit status 2, internal ones 3.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <systemc>

#include "testbench/cli/explain.h"
#include "testbench/cli/list.h"
#include "testbench/cli/register_list.h"
#include "testbench/cli/wave_window.h"
#include "testbench/config/config_error.h"
#include "testbench/report/version.h"
#include "testbench/run/run.h"
#include "testbench/serve/serve.h"
#include "testbench/trace_sinks/output_file.h"
#include "testbench/workload/record.h"

// libsystemc refers to it; the simulation is started from main().
extern "C" int sc_main(int, char**) {
  return 0;
}

namespace smmu_vp::tb {

namespace {

constexpr int kUsage = 2, kInternal = 3;

// What the parser found to be done; nothing when --help or an error ended it.
int dispatch(int argc, char** argv) {
  CLI::App app("smmu-vp: a virtual platform of an Arm SMMUv3 doing Shared Virtual Addressing");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  int status = 0;

  RunOptions options;
  std::string window;
  CLI::App* run_command = app.add_subcommand("run", "Run a scenario");
  run_command->add_option("scenario", options.scenario, "See `list scenarios`")->required();
  run_command->add_option("--config", options.config.file, "TOML file; see `list config`");
  run_command->add_option("--set", options.config.overrides, "key=value, as often as needed")
      ->allow_extra_args(false);
  run_command->add_option_function<std::string>(
      "--seed", [&](const std::string& seed) { options.config.overrides.push_back("seed=" + seed); },
      "Same as --set seed=N");
  run_command->add_option("--out", options.out, "Directory for outputs (default: out/SCENARIO)");
  std::string waves = "fst";
  run_command->add_option("--waves", waves, "fst (default), vcd or off")
      ->check(CLI::IsMember({"fst", "vcd", "off"}));
  run_command->add_option("--wave-window", window, "START:END of the waves, such as 10us:50us");
  run_command
      ->add_option_function<std::vector<std::string>>(
          "--explain",
          [&](const std::vector<std::string>& all) {
            for (const std::string& text : all) options.explain.push_back(explain_request(text));
          },
          "SID:SSID:VA:ACCESS@TIME: explain this translation step by step (SSID - for none; ACCESS of r, w, "
          "x, p)")
      ->allow_extra_args(false);
  run_command
      ->add_option_function<std::vector<std::string>>(
          "--dump-at",
          [&](const std::vector<std::string>& all) {
            for (const std::string& text : all)
              options.dump_at_ps.push_back(time_ps(text, "--dump-at " + text));
          },
          "TIME: write tables and caches as they are then into OUT/dump_TIMEps")
      ->allow_extra_args(false);
  run_command->add_flag("--quiet", options.quiet, "Print nothing");
  run_command->callback([&] {
    options.waves = waves == "off" ? WaveFormat::kOff : waves == "vcd" ? WaveFormat::kVcd : WaveFormat::kFst;
    if (!window.empty()) set_wave_window(options, window);
    status = run(options);
  });

  std::string what;
  bool json = false, markdown = false;
  CLI::App* list_command = app.add_subcommand("list", "What there is, one line each");
  list_command
      ->add_option("what", what,
                   "scenarios, bugs, monitors, misbehaviours, config, events, commands, facts or registers")
      ->required()
      ->check(CLI::IsMember(list_topics()));
  list_command->add_flag("--json", json, "As JSON");
  list_command->add_flag("--markdown", markdown, "Registers only: the page docs/registers.md");
  list_command->callback([&] {
    if (markdown && what != "registers") throw ConfigError("--markdown is for registers; see --help");
    std::fputs((markdown ? registers_markdown() : list(what, json)).c_str(), stdout);
  });

  std::string topic;
  CLI::App* explain_command = app.add_subcommand("explain", "What a key, event, command, monitor… means");
  explain_command->add_option("topic", topic, "A name from any `list`")->required();
  explain_command->callback([&] { std::fputs(explain(topic).c_str(), stdout); });

  std::string socket;
  CLI::App* serve_command =
      app.add_subcommand("serve", "Offer a machine without a driver to other processes");
  serve_command->add_option("--socket", socket, "Path of the Unix socket; see docs/serve.md")->required();
  serve_command->add_option("--config", options.config.file, "TOML file; see `list config`");
  serve_command->add_option("--set", options.config.overrides, "key=value, as often as needed")
      ->allow_extra_args(false);
  serve_command->callback([&] { status = run_server(options.config, socket); });

  app.add_subcommand("record", "Record a program's memory accesses; see `record --help`");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    throw ConfigError(std::string(e.what()) + "; see --help");
  }
  return status;
}

}  // namespace

}  // namespace smmu_vp::tb

int main(int argc, char** argv) {
  using namespace smmu_vp::tb;
  // SystemC's own warnings would be read as ours.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  try {
    if (argc > 1 && std::string_view(argv[1]) == "record") return record_main(argc - 1, argv + 1);
    return dispatch(argc, argv);
  } catch (const ConfigError& e) {
    std::fprintf(stderr, "smmu-vp: %s\n", e.what());
    return kUsage;
  } catch (const OutputError& e) {
    std::fprintf(stderr, "smmu-vp: %s\n", e.what());
    return kUsage;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "smmu-vp: internal error: %s\n", e.what());
    return kInternal;
  }
}

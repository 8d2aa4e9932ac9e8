// The command line of smmu-vp. A failure is one line on stderr and exit status 2, or 3 if it is internal.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <systemc>

#include "testbench/api/serve/serve.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/machine/config/keys.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/report/version.h"
#include "testbench/runs/cli/events_command.h"
#include "testbench/runs/cli/explain.h"
#include "testbench/runs/cli/gauntlet_command.h"
#include "testbench/runs/cli/list.h"
#include "testbench/runs/cli/monitor_list.h"
#include "testbench/runs/cli/options.h"
#include "testbench/runs/cli/register_export.h"
#include "testbench/runs/cli/register_list.h"
#include "testbench/runs/cli/study_commands.h"
#include "testbench/runs/run/run.h"
#include "testbench/runs/workload/record.h"

// libsystemc needs this symbol; main() starts the simulation.
extern "C" int sc_main(int, char**) {
  return 0;
}

namespace smmu_vp::tb {

namespace {

constexpr int kUsage = 2, kInternal = 3;

// Parses the command line and executes the subcommand. Returns the exit status.
int dispatch(int argc, char** argv) {
  CLI::App app("smmu-vp: a virtual platform of an Arm SMMUv3 doing Shared Virtual Addressing");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  int status = 0;

  RunOptions options;
  options.program = argv[0];
  std::string window;
  CLI::App* run_command = app.add_subcommand("run", "Run a scenario");
  add_gauntlet(*run_command, status);
  run_command->add_option("scenario", options.scenario, "See `list scenarios`");
  run_command->add_option("--config", options.config.file, "TOML file; see `list config`");
  run_command->add_option("--set", options.config.overrides, "key=value; may be repeated")
      ->allow_extra_args(false);
  run_command->add_option_function<std::string>(
      "--seed",
      [&](const std::string& seed) {
        const auto& keys = platform_keys();
        const auto key = std::ranges::find(keys, "seed", &Key::name);
        u64 value = 0;
        const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), value);
        if (error != std::errc() || end != seed.data() + seed.size() || static_cast<double>(value) > key->max)
          throw ConfigError(
              fmt::format("--seed '{}': expected a whole number in {}", seed, limit_text(*key)));
        // Without leading zeros: TOML would read an octal number.
        options.config.overrides.push_back(fmt::format("seed={}", value));
      },
      "Same as --set seed=N");
  run_command->add_option("--out", options.out, "Directory for outputs (default: out/SCENARIO)");
  std::string parts = "events,timeline,waves,latency,report";
  run_command->add_option("--record", parts,
                          "What is written beside summary.json and account.txt: a list of events (or "
                          "events.zst), timeline, waves, latency and report, or none (default: all)");
  bool csv = false;
  run_command->add_flag("--csv", csv, "Also write each table of measurements as table_NAME.csv");
  std::string limit;
  run_command->add_option("--record-limit", limit,
                          "Size beyond which no file grows, such as 500MB (default: 8GB)");
  EventFilter filter;
  add_event_filter(*run_command, filter);
  std::string waves;
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
          "TIME: write the contents of tables and caches at that time to OUT/dump_TIMEps")
      ->allow_extra_args(false);
  run_command->add_flag("--quiet", options.quiet, "Print nothing");
  bool missing = false;
  run_command->add_flag(
      "--missing-model", missing,
      "Do not run: print the RTL model that this run needs and this build does not contain");
  run_command->callback([&] {
    if (!run_command->get_subcommands().empty()) return;
    if (options.scenario.empty()) throw ConfigError("run: expected a scenario; see `smmu-vp list scenarios`");
    options.record = recorded_parts(parts);
    options.record.filter = filter;
    if (options.record.events == RecordedParts::Events::kNone && filter != EventFilter{})
      throw ConfigError(
          "--event-kinds, --event-pasids and --event-window: there are no events with --record " + parts);
    if (!limit.empty()) options.record.most_bytes = size_bytes(limit, "--record-limit");
    options.record.csv = csv;
    if (!options.record.waves && (waves == "fst" || waves == "vcd"))
      throw ConfigError("--waves " + waves + ": there are no waves with --record " + parts);
    if (waves == "off") options.record.waves = false;
    if (waves == "vcd") options.waves = WaveFormat::kVcd;
    if (!window.empty()) {
      if (!options.record.waves)
        throw ConfigError("--wave-window " + window + ": there are no waves with " +
                          (waves == "off" ? "--waves off" : "--record " + parts));
      const Period shown = period(window, "--wave-window");
      options.wave_window = {.start_ps = shown.start_ps, .end_ps = shown.end_ps};
    }
    if (missing) {
      std::puts(missing_model(options).c_str());
    } else {
      status = run(options);
    }
  });

  add_sweep(app, status);
  add_compare(app, status);
  add_estimate(app, status);

  std::string what;
  bool json = false, markdown = false;
  CLI::App* list_command = app.add_subcommand("list", "List names of a topic, one line each");
  list_command
      ->add_option(
          "what", what,
          "scenarios, bugs, monitors, misbehaviours, config, events, commands, facts, registers, counters, "
          "latencies or tables")
      ->required();
  list_command->add_flag("--json", json, "As JSON");
  list_command->add_flag("--markdown", markdown, "Registers and monitors: their pages in docs/");
  std::string format;
  list_command->add_option("--format", format, "Registers only: ipxact, svd or c, for other tools")
      ->check(CLI::IsMember(register_formats()))
      ->excludes("--json")
      ->excludes("--markdown");
  std::string of_scenario;
  list_command->add_option("--scenario", of_scenario, "config only: the keys and defaults of this scenario");
  list_command->callback([&] {
    const std::vector<std::string> topics = list_topics();
    if (std::find(topics.begin(), topics.end(), what) == topics.end())
      throw ConfigError("unknown list '" + what + "'; there are " +
                        fmt::format("{}", fmt::join(topics, ", ")));
    if (!of_scenario.empty()) {
      if (what != "config") throw ConfigError("--scenario is for `list config`; see --help");
      std::fputs(list_config_of(of_scenario, json).c_str(), stdout);
      return;
    }
    if (!format.empty()) {
      if (what != "registers") throw ConfigError("--format is for registers; see --help");
      std::fputs(registers_as(format).c_str(), stdout);
      return;
    }
    if (markdown && what != "registers" && what != "monitors")
      throw ConfigError("--markdown is for registers and monitors; see --help");
    std::fputs((!markdown            ? list(what, json)
                : what == "monitors" ? monitors_markdown()
                                     : registers_markdown())
                   .c_str(),
               stdout);
  });

  std::string topic;
  CLI::App* explain_command = app.add_subcommand("explain", "Explain a key, event, command, monitor…");
  explain_command->add_option("topic", topic, "A name from any `list`")->required();
  explain_command->callback([&] { std::fputs(explain(topic).c_str(), stdout); });

  std::string socket;
  CLI::App* serve_command =
      app.add_subcommand("serve", "Serve a machine without a driver to other processes");
  serve_command->add_option("--socket", socket, "Path of the Unix socket; see docs/serve.md")->required();
  serve_command->add_option("--config", options.config.file, "TOML file; see `list config`");
  serve_command->add_option("--set", options.config.overrides, "key=value; may be repeated")
      ->allow_extra_args(false);
  serve::FolderOptions folders;
  serve_command->add_option("--out", folders.out,
                            "Directory for a run folder of each client, client-N (default: none)");
  serve_command->add_option("--record", parts, "What the folders of --out hold, as for run");
  serve_command->callback([&] {
    folders.parts = recorded_parts(parts);
    status = run_server(options.config, socket, folders);
  });

  add_events(app);
  app.add_subcommand("record", "Record a program's memory accesses; see `record --help`");

  bool known = argc < 2 || argv[1][0] == '-';
  std::string names;
  for (const CLI::App* command : app.get_subcommands({})) {
    known = known || command->get_name() == argv[1];
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  if (!known) {
    throw ConfigError("unknown command '" + std::string(argv[1]) + "'; there are " + names);
  }
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
  // A file size limit becomes a write error, like a full disk, and is reported with the file's name.
  std::signal(SIGXFSZ, SIG_IGN);
  // SystemC's warnings would look like messages of this program.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  try {
    const bool record = argc > 1 && std::string_view(argv[1]) == "record";
    const int status = record ? record_main(argc - 1, argv + 1) : dispatch(argc, argv);
    flush_stdout();
    return status;
  } catch (const ConfigError& e) {
    std::fprintf(stderr, "smmu-vp: %s\n", e.what());
    return kUsage;
  } catch (const WriteError& e) {
    std::fprintf(stderr, "smmu-vp: %s\n", e.what());
    return kInternal;
  } catch (const OutputError& e) {
    std::fprintf(stderr, "smmu-vp: %s\n", e.what());
    return kUsage;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "smmu-vp: internal error: %s\n", e.what());
    return kInternal;
  }
}

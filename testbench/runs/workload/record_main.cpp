// The command line of `smmu-vp record` and its report.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>

#include "testbench/observe/output/output_file.h"
#include "testbench/runs/workload/record.h"
#include "testbench/runs/workload/workload.h"

namespace smmu_vp::tb {

namespace {

// In GB if that is a whole number or more than ten, else in MB.
std::string size_text(u64 bytes) {
  constexpr u64 kGb = u64{1} << 30;
  return bytes % kGb == 0 || bytes > 10 * kGb ? fmt::format("{} GB", bytes / kGb)
                                              : fmt::format("{} MB", bytes >> 20);
}

std::string counted(u64 n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> report(const RecordResult& r) {
  const u64 kept = r.loads + r.stores;
  if (r.output.empty()) return {"interrupted before the first load or store to keep"};
  std::vector<std::string> lines;
  lines.push_back(
      fmt::format("{}: {} of {} loads and stores kept ({} loads, {} stores), {} of the memory map, {} bytes",
                  r.output, kept, r.made, r.loads, r.stores, counted(r.events, "change"), r.file_bytes));
  std::string left =
      fmt::format("left out: the instruction fetches ({}), because devices make none", r.fetches);
  if (r.skipped != 0) left += fmt::format("; {} loads and stores at the start (--skip)", r.skipped);
  if (r.beyond_limit != 0) left += fmt::format("; {} loads and stores at the end (--limit)", r.beyond_limit);
  lines.push_back(left);
  if (kept > kDefaultReplay)
    lines.push_back(fmt::format("a run replays the first {} of them; scenario.max_accesses changes that",
                                kDefaultReplay));
  if (r.refused_bytes != 0)
    lines.push_back(fmt::format(
        "the program asked for {} of address space at once and was refused, because valgrind has less "
        "than 64 GB; the recording shows what the program did without it",
        size_text(r.refused_bytes)));
  if (r.interrupted != 0)
    lines.push_back("interrupted, together with the program; its accesses so far are recorded");
  else if (r.signal != 0)
    lines.push_back(fmt::format("the program was killed by signal {} ({}); its accesses so far are recorded",
                                r.signal, strsignal(r.signal)));
  else if (r.exit_status != 0)
    lines.push_back(fmt::format("the program's exit status was {}", r.exit_status));
  if (r.children != 0)
    lines.push_back(fmt::format(
        "{} not recorded: a workload covers one process",
        r.children == 1 ? "1 child process was" : fmt::format("{} child processes were", r.children)));
  if (!r.executed.empty())
    lines.push_back(fmt::format(
        "the program went on as {} (exec), which is not recorded: record that program instead", r.executed));
  if (r.threads > 1)
    lines.push_back(
        fmt::format("{} threads are recorded interleaved, as valgrind runs only one at a time", r.threads));
  return lines;
}

int record_main(int argc, const char* const* argv) {
  RecordOptions options;
  CLI::App app("Records a program's memory map, its changes, and its loads and stores as a workload file.",
               "smmu-vp record");
  app.add_option("-o,--output", options.output, "the file to write (default: COMMAND's name with .workload)");
  app.add_option("--skip", options.skip, "loads and stores to leave out at the start");
  app.add_option("--limit", options.limit, "loads and stores to keep; the program still runs to its end")
      ->capture_default_str();
  app.add_option("COMMAND", options.command, "after --: the program and its arguments")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::cerr << "smmu-vp record: " << error.what() << "\n";
    return 2;
  }
  if (options.limit == 0) {
    std::cerr << "smmu-vp record: --limit 0 would keep nothing\n";
    return 2;
  }
  try {
    const RecordResult result = record(options);
    for (const std::string& line : report(result)) std::cerr << "smmu-vp record: " << line << "\n";
    return result.interrupted != 0 ? 128 + result.interrupted : 0;
  } catch (const WriteError& error) {
    std::cerr << "smmu-vp record: " << error.what() << "\n";
    return 3;
  } catch (const std::runtime_error& error) {  // WorkloadError, OutputError: the user can fix them
    std::cerr << "smmu-vp record: " << error.what() << "\n";
    return 2;
  }
}

}  // namespace smmu_vp::tb

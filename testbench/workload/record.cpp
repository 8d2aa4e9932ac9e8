// From lackey's trace to a workload file. Instruction fetches are left out: a device makes none.
#include "testbench/workload/record.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <optional>

#include "testbench/workload/child.h"
#include "testbench/workload/memory_map.h"
#include "testbench/workload/writer.h"

namespace smmu_vp::tb {

namespace {

struct TraceLine {
  bool load = false, store = false;
  u64 va = 0;
  u32 bytes = 0;
};

// " L 1ffeffe7e0,8": L load, S store, M modify (both). Anything else is no data access.
std::optional<TraceLine> parse_trace_line(std::string_view line) {
  if (line.size() < 6 || line[0] != ' ' || line[2] != ' ') return {};
  TraceLine t;
  t.load = line[1] == 'L' || line[1] == 'M';
  t.store = line[1] == 'S' || line[1] == 'M';
  const char* const end = line.data() + line.size();
  const auto [comma, va_error] = std::from_chars(line.data() + 3, end, t.va, 16);
  if (!(t.load || t.store) || va_error != std::errc{} || comma == end || *comma != ',') return {};
  const auto [rest, size_error] = std::from_chars(comma + 1, end, t.bytes);
  if (size_error != std::errc{} || rest != end || t.bytes == 0) return {};
  return t;
}

class Recorder {
 public:
  explicit Recorder(const RecordOptions& options) : options_(options), child_(options.command) {}

  void run() {
    std::string_view line;
    while (child_.next_line(line)) {
      const auto t = parse_trace_line(line);
      if (!t) continue;
      if (t->load) take({t->va, t->bytes, false});
      if (t->store) take({t->va, t->bytes, true});
    }
    exit_status_ = child_.wait();
  }

  RecordResult write(const std::string& output) const {
    WorkloadInfo info{command(), map_.areas()};
    std::vector<Access> pieces;
    for (const Access& access : accesses_) split_access(info.vmas, access, pieces);
    RecordResult result;
    result.output = output;
    result.stores = static_cast<u64>(
        std::count_if(pieces.begin(), pieces.end(), [](const Access& a) { return a.write; }));
    result.loads = pieces.size() - result.stores;
    result.vmas = info.vmas.size();
    result.file_bytes = write_workload(output, info, pieces);
    result.exit_status = exit_status_;
    result.limited = seen_ > options_.skip && seen_ - options_.skip > options_.limit;
    return result;
  }

  bool empty() const { return seen_ == 0; }
  int exit_status() const { return exit_status_; }

 private:
  void take(const Access& access) {
    if (seen_ == 0) name_the_stack(access);
    if (!map_.covers(access)) map_.learn(child_.memory_map(), access);
    const u64 number = seen_++;
    if (number >= options_.skip && number - options_.skip < options_.limit) accesses_.push_back(access);
  }

  // The first thing a program does is push a return address. The kernel names another stack, that of
  // valgrind.
  void name_the_stack(const Access& access) {
    for (Vma& vma : child_.memory_map()) {
      if (access.va < vma.start || access.va >= vma.end || !vma.name.empty()) continue;
      vma.name = "[stack]";
      map_.add(vma);
    }
  }

  std::string command() const {
    std::string words;
    for (const std::string& word : options_.command) words += (words.empty() ? "" : " ") + word;
    return words;
  }

  const RecordOptions& options_;
  TracedChild child_;
  MemoryMap map_;
  std::vector<Access> accesses_;
  u64 seen_ = 0;
  int exit_status_ = 0;
};

}  // namespace

RecordResult record(const RecordOptions& options) {
  const std::string output =
      options.output.empty() ? std::filesystem::path(options.command.at(0)).filename().string() + ".workload"
                             : options.output;
  // Said before the program has run for a long time in vain.
  const std::filesystem::path folder = std::filesystem::absolute(output).parent_path();
  if (std::error_code error; !std::filesystem::is_directory(folder, error))
    throw WorkloadError(fmt::format("{}: cannot be written: no such folder", output));
  Recorder recorder(options);
  recorder.run();
  if (recorder.empty()) {
    throw WorkloadError(
        fmt::format("{}: nothing recorded, the command made no loads or stores (exit status {})",
                    options.command.at(0), recorder.exit_status()));
  }
  return recorder.write(output);
}

int record_main(int argc, const char* const* argv) {
  RecordOptions options;
  CLI::App app("Records a program's memory map and its loads and stores as a workload file.",
               "smmu-vp record");
  app.add_option("-o,--output", options.output, "the file to write (default: COMMAND's name with .workload)");
  app.add_option("--skip", options.skip, "loads and stores to leave out at the start");
  app.add_option("--limit", options.limit,
                 "loads and stores to keep; the program runs to its end all the same")
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
  try {
    const RecordResult r = record(options);
    std::cerr << fmt::format(
        "{}: {} loads and {} stores in {} areas, {} bytes{}{}\n", r.output, r.loads, r.stores, r.vmas,
        r.file_bytes, r.limited ? "; the rest was left out (--limit)" : "",
        r.exit_status != 0 ? fmt::format("; the program's exit status was {}", r.exit_status) : "");
    return 0;
  } catch (const WorkloadError& error) {
    std::cerr << "smmu-vp record: " << error.what() << "\n";
    return 2;
  }
}

}  // namespace smmu_vp::tb

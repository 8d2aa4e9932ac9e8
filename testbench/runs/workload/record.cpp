// Converts valgrind's trace to a workload file. Instruction fetches are left out, because devices make none.
#include "testbench/runs/workload/record.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "testbench/observe/output/interruption.h"
#include "testbench/observe/output/progress.h"
#include "testbench/runs/workload/child.h"
#include "testbench/runs/workload/encoder.h"
#include "testbench/runs/workload/listing.h"
#include "testbench/runs/workload/map_syscalls.h"
#include "testbench/runs/workload/trace.h"
#include "testbench/runs/workload/writer.h"

namespace smmu_vp::tb {

namespace {

class Recorder {
 public:
  explicit Recorder(const RecordOptions& options)
      : options_(options), child_(options.command), calls_([this](u64 va) { return name_of_file(va); }) {}

  void run() {
    std::string_view line;
    const Interruption interruption;
    Progress progress;
    while (interruption.signal() == 0 && child_.next_line(line)) {
      if (line.empty()) continue;
      // No estimate: the program's length is unknown.
      if (result_.made % 1024 == 0 && progress.due())
        progress.show(fmt::format("{} loads and stores seen", result_.made), {});
      if (line[0] == 'I') {
        ++result_.fetches;
      } else if (const auto access = trace_text::parse_access(line)) {
        if (access->load) take({access->va, access->bytes, false});
        if (access->store) take({access->va, access->bytes, true});
      } else {
        take_other(line);
      }
    }
    result_.interrupted = interruption.signal();
    result_.refused_bytes = calls_.refused_bytes();
    if (result_.interrupted != 0) return;
    const int status = child_.wait();
    result_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result_.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + result_.signal;
  }

  // Writes nothing if the recording was interrupted before there was an access to keep.
  RecordResult write(const std::string& output, OutputFile& out) {
    if (!kept_ && result_.interrupted != 0) return result_;
    if (!kept_) throw WorkloadError(nothing_recorded());
    result_.output = output;
    result_.loads = kept_->loads();
    result_.stores = kept_->stores();
    result_.events = kept_->events();
    result_.file_bytes = write_workload(out, kept_->finish(result_.made));
    return result_;
  }

 private:
  std::string nothing_recorded() const {
    if (result_.made != 0)
      return fmt::format(
          "nothing recorded: the command made {} loads and stores, and --skip {} leaves out all",
          result_.made, options_.skip);
    return fmt::format("nothing recorded: {} made no loads or stores under valgrind (exit status {})",
                       options_.command.at(0), result_.exit_status);
  }

  bool full() const { return result_.beyond_limit != 0; }
  const MemoryMap& map() const { return kept_ ? kept_->map() : skipped_; }
  void change(const std::vector<MapEvent>& events) {
    for (const MapEvent& event : events) {
      if (kept_)
        kept_->add(event);
      else
        skipped_.apply(event);
    }
  }

  void take(const Access& access) {
    if (result_.made == 0) skipped_ = MemoryMap(first_map(child_.memory_map(), access));
    ++result_.made;
    if (full() || (kept_ && kept_->loads() + kept_->stores() >= options_.limit)) {
      ++result_.beyond_limit;
      return;
    }
    if (!allowed(access)) change(learn(map(), child_.memory_map(), access));
    if (result_.made <= options_.skip) {
      ++result_.skipped;
      return;
    }
    if (!kept_) {
      kept_.emplace(command(), skipped_.areas());
      result_.areas = kept_->map().areas().size();
    }
    keep(access);
  }

  bool allowed(const Access& access) const {
    for (u64 at = access.va; at < access.va + access.bytes;) {
      const Vma* vma = map().find(at, 1);
      if (vma == nullptr || !(access.write ? vma->rights.write : vma->rights.read)) return false;
      at = vma->end;
    }
    return true;
  }

  // Splits an access into pieces that lie in one area each; every piece counts as an access.
  void keep(Access rest) {
    while (rest.bytes != 0) {
      const u64 room = std::min<u64>(map().find(rest.va, 1)->end - rest.va, kMaxAccessBytes);
      const auto bytes = static_cast<u32>(std::min<u64>(rest.bytes, room));
      kept_->add(Access{rest.va, bytes, rest.write});
      rest.va += bytes;
      rest.bytes -= bytes;
      if (rest.bytes != 0) ++result_.made;
    }
  }

  // Handles system calls and valgrind's messages.
  void take_other(std::string_view line) {
    if (line.find(" created child ") != std::string_view::npos) ++result_.children;
    const auto call = trace_text::parse_syscall(line);
    if (!call) return;
    // valgrind announces a process-creating clone before it reports the result, so only threads count here.
    const bool clone = call->name == "sys_clone" || call->name == "sys_clone3";
    if (clone && call->ok) ++result_.threads;
    result_.executed = call->name == "sys_execve" && !call->ended ? call->path : "";
    if (!full()) change(calls_.events_of(*call, map()));
  }

  std::string name_of_file(u64 va) const {
    for (const Vma& vma : child_.memory_map()) {
      if (vma.start <= va && va < vma.end && !vma.name.starts_with('[')) return vma.name;
    }
    return "";
  }

  std::string command() const { return fmt::format("{}", fmt::join(options_.command, " ")); }

  const RecordOptions& options_;
  TracedChild child_;
  MapSyscalls calls_;
  MemoryMap skipped_;                    // until the first kept access
  std::optional<WorkloadEncoder> kept_;  // from the first kept access
  RecordResult result_;
};

}  // namespace

RecordResult record(const RecordOptions& options) {
  const std::string output =
      options.output.empty() ? std::filesystem::path(options.command.at(0)).filename().string() + ".workload"
                             : options.output;
  // Opened first, so that an unwritable path is reported before a long recording.
  OutputFile out(output, OutputFile::Growth::kWhole);
  Recorder recorder(options);
  recorder.run();
  return recorder.write(output, out);
}

}  // namespace smmu_vp::tb

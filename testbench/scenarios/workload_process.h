// A process of a scenario: the memory map of a recorded program, pages that come from a storage of some
// latency, and the program's accesses replayed by a device, every byte compared with what the process's
// memory must hold.
#pragma once

#include <memory>
#include <string>

#include "testbench/scenarios/scenario.h"
#include "testbench/workload/replay.h"

namespace smmu_vp::tb {

struct WorkloadOptions {
  std::string file;
  u64 contents = 1;  // seed of the initial contents: two processes never hold the same bytes
  u64 max_accesses = ~u64{0};
  u64 page_in_ps = 0;  // longest time a page takes to come from storage
};

// Reads the workload that a scenario's parameter names to its end; throws ConfigError when it cannot be used.
void check_workload(const Config& config, const std::string& parameter);

class WorkloadProcess {
 public:
  // Where a scenario puts what it adds to the recorded map; each lies in a VMA of its own.
  struct Layout {
    u64 control;    // lists and completion records
    u64 read_only;  // one page
    u64 lazy;       // kLazyPages pages nobody has touched
    u64 scratch;    // kScratchPages pages, unmapped and mapped again while the process lives
    u64 arena;      // kArenaPages pages that keep page faults coming
    u64 unmapped;   // no VMA
  };
  static constexpr u64 kPage = kWorkloadPage;
  static constexpr u64 kLazyPages = 16, kScratchPages = 8, kArenaPages = 16384;

  // Throws WorkloadError.
  WorkloadProcess(ScenarioContext& ctx, std::string name, const WorkloadOptions& options);

  sw::Process& process() { return *process_; }
  sw::Mm& mm() { return process_->mm(); }
  const Layout& layout() const { return layout_; }
  ShadowMemory& shadow() { return replay_.shadow(); }

  // Binds the process to a device of the platform; null when the driver refuses.
  std::unique_ptr<sw::AcceleratorFile> open(std::size_t device);

  // Replays the recorded accesses through `file` until they end, or the first job fails. Returns whether all
  // of it was done and every checksum was right.
  bool replay(sw::AcceleratorFile& file);
  u64 accesses_done() const { return accesses_done_; }

  // Maps the scratch range afresh, writes to it by CPU, lets the device read it back, and unmaps it: `rounds`
  // times. Returns whether the device never saw anything but the newest contents.
  bool churn(sw::AcceleratorFile& file, unsigned rounds);

  // Keeps the device's work queue full with jobs on pages nobody has touched, which fault, and on pages
  // touched before, which do not, until the process is dead or the lane's half of the arena ends. What is
  // queued then goes on without the process.
  static constexpr u64 kLanes = 2;
  void keep_busy(sw::AcceleratorFile& file, u64 lane);

  // Compares every page the device wrote with the process's memory.
  bool memory_is_right();

 private:
  // Control VMA: one page of completion records, then the access list.
  enum Record : u64 { kReplayRecord, kChurnRecord };
  u64 record(u64 index) const { return layout_.control + index * spec::accel::completion::kBytes; }

  ScenarioContext& ctx_;
  std::string name_;
  WorkloadOptions options_;
  Replay replay_;
  Random storage_;
  Layout layout_{};
  std::unique_ptr<sw::Process> process_;
  u64 accesses_done_ = 0;
};

}  // namespace smmu_vp::tb

// A process of a scenario: the memory map of a recorded program, pages that come from storage
// with some latency, and the program's accesses replayed by a device, with every byte compared to
// the expected memory contents.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "testbench/runs/scenarios/scenario.h"
#include "testbench/runs/workload/replay.h"

namespace smmu_vp::tb {

struct WorkloadOptions {
  std::string file;
  u64 contents = 1;  // seed of the initial contents, so that two processes never have the same bytes
  u64 max_accesses = ~u64{0};
  u64 page_in_ps = 0;  // longest time for a page to come from storage
};

// The number of pages that a workload parameter's program ever maps. Reads the workload to its end, and throws
// ConfigError when it cannot be used.
u64 workload_pages(const Config& config, const std::string& parameter);

class WorkloadProcess {
 public:
  // Addresses of what a scenario adds to the recorded map, above all addresses that can be recorded. Each
  // lies in a VMA of its own and is counted in pages of the process.
  struct Layout {
    u64 control;    // lists and completion records
    u64 read_only;  // one page
    u64 lazy;       // kLazyPages untouched pages
    u64 scratch;    // kScratchPages pages, unmapped and remapped while the process lives
    u64 arena;      // kArenaPages pages that keep causing page faults
    u64 unmapped;   // no VMA
  };
  static constexpr u64 kLazyPages = 16, kScratchPages = 8, kArenaPages = 16384;

  // Throws WorkloadError.
  WorkloadProcess(ScenarioContext& ctx, std::string name, const WorkloadOptions& options);

  sw::Process& process() { return *process_; }
  sw::Mm& mm() { return process_->mm(); }
  u64 page_bytes() { return mm().page_bytes(); }
  const Layout& layout() const { return layout_; }
  ShadowMemory& shadow() { return replay_.shadow(); }

  // Binds the process to a device of the platform; null when the driver refuses.
  std::unique_ptr<sw::AcceleratorFile> open(std::size_t device);

  // Replays the recorded accesses through `file` until they end or a job fails; between them, the process
  // maps, unmaps and protects its memory as the program did. Returns whether everything was replayed and
  // every checksum was right.
  bool replay(sw::AcceleratorFile& file);
  u64 accesses_done() const { return accesses_done_; }
  // The number of accesses that will be replayed.
  u64 accesses_planned() const { return std::min(replay_.info().kept, options_.max_accesses); }
  // How much was replayed of how much was recorded, and why not more: for the run's report.
  std::string replayed() const;

  // `rounds` times: maps the scratch range, writes to it by CPU, lets the device read it back, and unmaps it.
  // Returns whether the device only ever read the newest contents.
  bool churn(sw::AcceleratorFile& file, unsigned rounds);

  // Keeps the device's work queue full with jobs on untouched pages, which fault, and on touched pages, which
  // do not, until the process is dead or the lane's half of the arena ends. Jobs still queued then continue
  // without the process.
  static constexpr u64 kLanes = 2;
  void keep_busy(sw::AcceleratorFile& file, u64 lane);

  // Compares every page the device wrote with the process's memory.
  bool memory_is_right();

 private:
  // Control VMA: one page of completion records, then the access list.
  enum Record : u64 { kReplayRecord, kChurnRecord };
  u64 record(u64 index) const { return layout_.control + index * spec::accel::completion::kBytes; }
  bool change(const std::vector<PageChange>& changes);
  bool replay_entries(sw::AcceleratorFile& file, const ReplayBatch& batch);
  void wait_until(sw::AcceleratorFile& file, u64 lists_read);
  u64 list() { return layout_.control + page_bytes(); }

  // A job that takes longer is lost; each of its entries may fault twice.
  u64 lost_ps() const;

  ScenarioContext& ctx_;
  std::string name_;
  WorkloadOptions options_;
  Replay replay_;
  Random storage_;
  Layout layout_{};
  std::unique_ptr<sw::Process> process_;
  u64 accesses_done_ = 0, changes_done_ = 0;
  // List reads by the device, which then continues with the entries. Shared with the bus,
  // which may outlive the process.
  std::shared_ptr<u64> lists_read_ = std::make_shared<u64>(0);
};

}  // namespace smmu_vp::tb

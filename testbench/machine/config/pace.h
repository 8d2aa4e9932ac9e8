// Upper bounds for how long things take on a configuration, computed from its durations and sizes. Every
// grace period, limit and time-out of a scenario follows from them. They are generous, not estimates.
#pragma once

#include <string>
#include <vector>

#include "testbench/machine/config/config.h"

namespace smmu_vp::tb {

// A share of a bound, and the configuration key that determines it.
struct PaceShare {
  std::string key;
  u64 ps;
};

class Pace {
 public:
  // `page_in_ps` is the time a page fault waits for storage, in addition to the costs in the configuration.
  explicit Pace(const Config& config, u64 page_in_ps = 0);

  // Until all device accesses in flight have ended.
  u64 drain_ps() const { return total(drain_); }
  // A page fault, from the device's request to its next attempt.
  u64 fault_ps() const { return 2 * drain_ps() + total(cpu_); }
  // An Invalidate Request sent together with as many others as there are tags, until its completion.
  u64 atc_invalidation_ps() const { return drain_ps() + total(atc_); }
  // An unmap's largest list of commands, until its CMD_SYNC is complete.
  u64 invalidation_ps() const { return atc_invalidation_ps() + total(commands_); }
  // A CMD_SYNC: it waits for what is in the queue before it.
  u64 sync_ps() const { return atc_invalidation_ps() + total(queued_); }
  // A job on `pages` pages, none of which is mapped yet.
  u64 job_ps(u64 pages) const { return 3 * (pages + 1) * fault_ps() + invalidation_ps(); }
  // A run without progress for this long is stuck.
  u64 longest_without_progress_ps() const { return 500 * fault_ps() + 20 * invalidation_ps(); }

  // The shares of sync_ps().
  std::vector<PaceShare> sync_shares() const;

 private:
  using Shares = std::vector<PaceShare>;
  static u64 total(const Shares& shares);
  void hardware(const Config& config);
  void software(const Config& config, u64 page_in_ps);

  // The time of so many commands in one list.
  static Shares time_of(const Config& config, u64 commands);

  Shares drain_, cpu_, atc_, commands_, queued_;
};

}  // namespace smmu_vp::tb

// Splits the time of one invalidation into its parts, from facts alone. At every instant exactly one part is
// charged, so the parts add up to the whole. When several are active, the one furthest from the CPU is
// charged, since all nearer ones wait for it.
#pragma once

#include <array>
#include <vector>

#include "testbench/observe/report/measured_table.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class InvalidationBreakdown {
 public:
  // From the CPU outwards; part_columns() says what each is.
  enum Part : unsigned { kDriver, kQueue, kTlbi, kSync, kLink, kAtc, kParts };

  struct Result {
    std::array<u64, kParts> ps{};
    u64 total_ps = 0;
    u64 tlbi = 0, atc_inv = 0, sync = 0;  // commands consumed
    u64 broadcasts = 0;                   // TLBIs of the CPU; their time is charged to the waiting driver
    u64 commands() const { return tlbi + atc_inv + sync; }
  };

  // A table's columns for a result: the commands before column `at`, in the order tlbi, atc_inv, sync; and at the end the
  // parts, which add up to its column "total".
  static void add_columns(TableKind& table, std::size_t at);

  explicit InvalidationBreakdown(trace::Bus& bus);
  InvalidationBreakdown(const InvalidationBreakdown&) = delete;
  InvalidationBreakdown& operator=(const InvalidationBreakdown&) = delete;

  void start(u64 now_ps);
  Result stop(u64 now_ps);

 private:
  void settle(u64 now_ps);  // charges the time since the last change to the part that was current
  Part current() const;

  bool running_ = false;
  u64 last_ps_ = 0;
  Result result_;
  bool queue_busy_ = false, sync_waiting_ = false;
  u64 tlbis_ = 0;            // commands that have not taken effect
  u64 broadcast_syncs_ = 0;  // in progress
  u64 on_link_ = 0, at_device_ = 0;
};

}  // namespace smmu_vp::tb

// Processes that live only to be killed in the middle of something that the driver or their devices do for them.
#pragma once

#include <span>
#include <vector>

#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

class Deaths {
 public:
  static constexpr u64 kPages = 80;  // of a process with two devices

  // Every process uses all of these devices.
  Deaths(ScenarioContext& ctx, std::vector<std::size_t> devices) : ctx_(ctx), devices_(std::move(devices)) {}

  // One process after another dies, at a moment that the seed chooses, until the run has met all of these
  // (release_over_*), or kMost processes have died, or that takes too long.
  void until_met(std::span<const Interleaving> wanted);
  u64 died() const { return died_; }

 private:
  static constexpr unsigned kMost = 160;

  enum class Moment : u8 { kBind, kReads, kFaults, kUnbind };
  struct Life;
  static Moment moment_of(Interleaving wanted);
  void die(Moment moment);
  void use(Life& life, u64 number);
  void unmap_repeatedly(Life& life);

  ScenarioContext& ctx_;
  std::vector<std::size_t> devices_;
  u64 died_ = 0;
};

}  // namespace smmu_vp::tb

// Constrained-random traffic on a cache model with the reference beside it: few addresses and contexts, so
// that hits, merges, poisoned fills, overlaps and evictions are frequent; many operations in flight; answers
// held back at random.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "testbench/rtl_adapter/lockstep_checker.h"

namespace smmu_vp::tb {

struct TrafficResult {
  std::vector<std::string> assertions;  // each distinct one, in the order they failed
  std::string difference;               // empty: none
  u64 compared = 0;
  u64 hits = 0, misses = 0, merged = 0, full = 0, filled = 0, dropped = 0, invalidations = 0;
};

class RandomTraffic {
 public:
  RandomTraffic(CacheModel& model, const core::CacheConfig& config, u32 seed);
  // Goes on after a difference, so that assertions can be seen to catch a fault by themselves; the traffic
  // needs only the RTL's own answers.
  TrafficResult run(unsigned operations);

 private:
  u64 below(u64 n) { return random_() % n; }
  bool one_in(u64 n) { return below(n) == 0; }
  core::LookupKey random_key();
  core::Translation random_entry(const core::LookupKey& key);
  core::Invalidation random_invalidation();
  void submit_something();
  void settle_answers(const CacheDriver::Answered& answered);

  std::mt19937 random_;
  LockstepChecker checker_;
  CacheDriver driver_;
  TrafficResult result_;
  u64 answers_ = 0;
  std::vector<std::unique_ptr<LookupOperation>> lookups_;
  std::vector<std::unique_ptr<FillOperation>> fills_;
  std::vector<std::unique_ptr<InvalidateOperation>> invalidations_;
  struct Owed {
    u8 mshr;
    core::LookupKey key;
  };
  std::vector<Owed> owed_;  // misses whose fill has not been sent
};

}  // namespace smmu_vp::tb

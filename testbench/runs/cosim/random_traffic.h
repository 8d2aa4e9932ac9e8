// Constrained-random traffic on a cache model: few addresses and contexts, so
// that hits, merges, poisoned fills, overlaps and evictions are frequent; many operations in flight;
// answers held back at random.
#pragma once

#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/runs/cosim/traffic.h"

namespace smmu_vp::tb {

// The composition of the traffic. Percentages are probabilities; the first three are weights.
struct TrafficWeights {
  std::string_view name;
  unsigned lookup = 9, fill = 6, invalidate = 1;
  unsigned pages = 48;          // of a region that lookups go to
  unsigned leaf_percent = 25;   // of fills: a stage-1 leaf larger than a page
  unsigned all_percent = 8;     // of invalidations: not by address
  unsigned range_percent = 33;  // of those by address: more than one page
  unsigned pause_percent = 75;  // of cycles between bursts: no request is made
  unsigned hold_percent = 50;   // of cycles in which answers may be held back: an answer is not taken
  bool wide = false;            // any address, VMID and context instead of a few near zero
};
// Together they reach everything that the cache can do.
std::span<const TrafficWeights> traffic_profiles();

class RandomTraffic {
 public:
  // Without a reference the contract judges.
  RandomTraffic(CacheModel& model, std::optional<core::ReferenceCache> reference, u32 seed,
                const TrafficWeights& weights = traffic_profiles().front());
  void listen(CommitListener& listener) { traffic_.listen(listener); }
  void keep_list() { traffic_.keep_list(); }
  const OperationList& list() const { return traffic_.list(); }

  // Continues after a difference, so that assertions are seen to detect a fault by themselves; the traffic
  // depends only on the RTL's own answers. May be called again to continue.
  const TrafficResult& run(u64 operations);
  // The same, but ends at the first difference or failed assertion.
  const TrafficResult& run_to_difference(u64 operations);
  // Waits for all answers.
  const TrafficResult& finish();

 private:
  u64 below(u64 n) { return random_() % n; }
  bool percent(unsigned chance) { return below(100) < chance; }
  template <typename T>
  T any_of(const std::vector<T>& pool) {
    return pool[below(pool.size())];
  }
  core::LookupKey random_key();
  core::Translation random_entry(const core::LookupKey& key);
  core::Invalidation random_invalidation();
  void submit_something();
  void submit_fill();
  void cycle();
  template <typename Until>
  const TrafficResult& run_until(u64 operations, Until until);

  std::mt19937_64 random_;
  TrafficWeights weights_;
  std::vector<u64> regions_;
  std::vector<u16> vmids_;
  std::vector<u32> contexts_;
  Traffic traffic_;
};

}  // namespace smmu_vp::tb

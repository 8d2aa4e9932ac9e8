// Plays a list of operations on a cache, and shortens a list whose answers differ.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "testbench/runs/cosim/traffic.h"

namespace smmu_vp::tb {

// What a list is played on, from power-up each time.
struct Bench {
  std::function<std::unique_ptr<CacheModel>()> make;
  std::optional<core::ReferenceCache> reference;  // none: judged by the contract
};

// The list on a new model.
class Replay {
 public:
  explicit Replay(const Bench& bench) : model_(bench.make()), traffic_(*model_, bench.reference) {}

  CacheModel& model() { return *model_; }
  Traffic& traffic() { return traffic_; }
  // Plays the whole list, or up to the first difference or failed assertion. A fill waits for the answer to its lookup,
  // and is left out if that was no miss.
  const TrafficResult& play(const OperationList& list);

 private:
  std::unique_ptr<CacheModel> model_;
  Traffic traffic_;
};

// The shortest list found that still differs or fails an assertion, by leaving out ever smaller parts and closing gaps
// between cycles. `list` is one that does.
OperationList shrink(const Bench& bench, OperationList list);

}  // namespace smmu_vp::tb

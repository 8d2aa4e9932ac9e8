// Observation of event records: counters and facts.
#pragma once

#include "tlm/core/output_queue.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class EventWatch {
 public:
  explicit EventWatch(State& state) : state_(state) {}

  void written(const spec::Event& event, const core::OutputQueue& queue) {
    ++state_.counters.events[spec::evt::Type.get(event.w)];
    announce(event, false, false);
    moved(queue);
  }
  void merged(const spec::Event& event) {
    ++state_.counters.events_merged;
    announce(event, false, true);
  }
  void dropped(const spec::Event& event) {
    ++state_.counters.events_dropped;
    announce(event, true, false);
  }
  void moved(const core::OutputQueue& queue) const {
    state_.facts.announce(trace::QueueState{spec::QueueKind::kEventq, queue.prod(), queue.cons()});
  }

 private:
  void announce(const spec::Event& event, bool dropped, bool merged) const;

  State& state_;
};

}  // namespace smmu_vp::smmu

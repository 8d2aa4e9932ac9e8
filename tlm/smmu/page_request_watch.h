// Observation of page requests and their responses: counters and facts.
#pragma once

#include "tlm/core/output_queue.h"
#include "tlm/core/pri.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class PageRequestWatch {
 public:
  explicit PageRequestWatch(State& state) : state_(state) {}

  void arrived() { ++state_.counters.page_requests; }
  void taken(const core::PageRequestMessage& m, trace::PageRequestOutcome outcome) {
    state_.counters.page_requests_dropped += outcome == trace::PageRequestOutcome::kDropped;
    state_.counters.auto_responses += outcome == trace::PageRequestOutcome::kAutoResponse;
    state_.facts.announce(trace::PageRequestReceived{.who = m.asked.who,
                                                     .prg_index = m.prg_index,
                                                     .last = m.last,
                                                     .intent = m.asked.intent,
                                                     .address = m.asked.address,
                                                     .outcome = outcome});
  }
  void moved(const core::OutputQueue& queue) const {
    state_.facts.announce(trace::QueueState{spec::QueueKind::kPriq, queue.prod(), queue.cons()});
  }
  // Software answered with CMD_PRI_RESP.
  void answered() { ++state_.counters.prg_responses; }
  void sent(const spec::Requester& who, u16 prg_index, spec::ResponseCode code) const {
    state_.facts.announce(trace::PrgResponseSent{who, prg_index, code});
  }

 private:
  State& state_;
};

}  // namespace smmu_vp::smmu

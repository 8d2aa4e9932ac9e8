// The PRI queue and the SMMU's own answers to page requests (chapter 8).
#pragma once

#include "tlm/core/output_queue.h"
#include "tlm/core/pri.h"
#include "tlm/smmu/event_recorder.h"
#include "tlm/smmu/messages.h"
#include "tlm/smmu/page_request_watch.h"
#include "tlm/smmu/routing.h"
#include "tlm/smmu/tcu.h"

namespace smmu_vp::smmu {

class PageRequests {
 public:
  PageRequests(State& state, Tcu& tcu, EventRecorder& events, Interrupts& interrupts, Messages& messages,
               const PortOfStream& route);

  // A Page Request or Stop Marker arrived on `port`.
  void received(unsigned port, const core::PageRequestMessage& message);
  // CMD_PRI_RESP.
  void respond(const spec::Requester& who, u16 prg_index, spec::Resp response);

  bool writing() const { return turnstile_.busy(); }

 private:
  bool available() const;
  // Returns the outcome, and fills in the response if there is one.
  trace::PageRequestOutcome take(const core::PageRequestMessage& m,
                                 std::optional<core::AutoResponse>& answer);
  trace::PageRequestOutcome overflow(const core::PageRequestMessage& m,
                                     std::optional<core::AutoResponse>& answer);
  std::optional<bool> ste_ppar(const core::PageRequestMessage& m);
  void interrupt(bool to_empty, const core::PageRequestMessage& m);
  void send(unsigned port, const spec::Requester& who, u16 prg_index, spec::ResponseCode code);

  State& state_;
  PageRequestWatch watch_;
  Tcu& tcu_;
  EventRecorder& events_;
  Interrupts& interrupts_;
  Messages& messages_;
  const PortOfStream& route_;
  core::OutputQueue queue_;
  Turnstile turnstile_;
};

}  // namespace smmu_vp::smmu

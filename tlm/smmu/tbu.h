// One TBU: the path of DMA, Translation Requests and Translated accesses from a root port or device to
// memory. A transaction runs in its caller's thread and blocks it until it ends, stalls included. The
// core::Translator makes the decisions.
#pragma once

#include "tlm/core/translator.h"
#include "tlm/smmu/event_recorder.h"
#include "tlm/smmu/stalls.h"
#include "tlm/smmu/tbu_port.h"
#include "tlm/transport/dma_extension.h"

namespace smmu_vp::smmu {

class Tbu {
 public:
  using Out = tlm::tlm_initiator_socket<>;  // to memory
  Tbu(unsigned index, State& state, Tcu& tcu, EventRecorder& events, Stalls& stalls,
      core::TranslationCachePort& tlb, Out& out);

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  // One address of CMD_PREFETCH_ADDR. May block.
  void prefetch(const spec::Access& access);

 private:
  using Payload = tlm::tlm_generic_payload;
  using InFlight = Transactions::InFlight;

  // One transaction each. The response says how it ended.
  void untranslated(Payload& payload, transport::DmaExtension& ext, sc_core::sc_time& delay);
  void translated(Payload& payload, transport::DmaExtension& ext, sc_core::sc_time& delay);
  // An access that crosses the boundary is several transactions.
  void split(Payload& payload, transport::DmaExtension& ext, sc_core::sc_time& delay);
  void unsupported(Payload& payload, transport::DmaExtension& ext);
  void translation_request(Payload& payload, transport::DmaExtension& ext);

  spec::Access begin(const InFlight& transaction, const Payload& payload, transport::DmaExtension& ext,
                     const spec::Intent& intent);
  TbuPort port(const InFlight& transaction, u32 sid, Tcu::Cause cause = Tcu::Cause::kTransaction) {
    return {units_, transaction.number(), sid, cause};
  }
  core::Translator<TbuPort> translator(TbuPort& port) {
    return {state_.registers, state_.config.features, port};
  }
  // Stalls the transaction or records the fault, and returns how it ends.
  core::StallAction faulted(InFlight& transaction, const spec::Access& access,
                            const core::Decision::Met& met);
  void pass(const InFlight& transaction, const core::Decision& decision, Payload& payload,
            transport::DmaExtension& ext, sc_core::sc_time& delay);
  void abort(const InFlight& transaction, Payload& payload, transport::DmaExtension& ext);
  void raz_wi(const InFlight& transaction, Payload& payload, transport::DmaExtension& ext);

  State& state_;
  EventRecorder& events_;
  Stalls& stalls_;
  Out& out_;
  TbuUnits units_;
};

}  // namespace smmu_vp::smmu

// One thread for each access in flight.
#include "tlm/smmu/non_blocking.h"

namespace smmu_vp::smmu {

namespace {

constexpr int kStackBytes = 256 << 10;  // the thread runs through SMMU and RTL

}  // namespace

tlm::tlm_sync_enum NonBlocking::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) {
    payload.acquire();
    begin(payload, delay);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  if (phase == tlm::END_RESP) {
    responding_ = false;
    responded_.notify(delay);
    return tlm::TLM_COMPLETED;
  }
  return tlm::TLM_ACCEPTED;  // phases of other protocols are ignored (8.2.5)
}

void NonBlocking::begin(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (idle_.empty()) {
    Worker& worker = workers_.emplace_back();
    sc_core::sc_spawn_options options;
    options.set_stack_size(kStackBytes);
    options.dont_initialize();
    options.set_sensitivity(&worker.start);
    sc_core::sc_spawn([this, &worker] { run(worker); }, sc_core::sc_gen_unique_name("non_blocking"),
                      &options);
    idle_.push_back(&worker);
  }
  Worker& worker = *idle_.back();
  idle_.pop_back();
  worker.payload = &payload;
  worker.start.notify(delay);
}

void NonBlocking::run(Worker& worker) {
  for (;;) {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    transport_(*worker.payload, delay);
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    respond(*worker.payload);
    worker.payload->release();
    worker.payload = nullptr;
    idle_.push_back(&worker);
    sc_core::wait(worker.start);
  }
}

// One response at a time is on its way (8.2.6).
void NonBlocking::respond(tlm::tlm_generic_payload& payload) {
  while (responding_) sc_core::wait(responded_);
  responding_ = true;
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum sync = in_->nb_transport_bw(payload, phase, delay);
  const bool ended = sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::END_RESP);
  if (!ended) return;  // END_RESP comes by itself
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  responding_ = false;
  responded_.notify();
}

}  // namespace smmu_vp::smmu

// Non-blocking transport into one TBU: the base protocol with four phases (TLM-2.0, 8.2). The request phase ends at once,
// so an initiator may have many accesses in flight; their responses come in the order in which they finish.
#pragma once

#include <deque>
#include <functional>

#include "tlm/smmu/smmu.h"

namespace smmu_vp::smmu {

class NonBlocking {
 public:
  using Transport = std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)>;
  // `transport` carries out an access, and may block.
  NonBlocking(Smmu::DmaIn& in, Transport transport) : in_(in), transport_(std::move(transport)) {}

  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);

 private:
  // A thread, which serves one access after another.
  struct Worker {
    tlm::tlm_generic_payload* payload = nullptr;
    sc_core::sc_event start;
  };
  void begin(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void run(Worker& worker);
  void respond(tlm::tlm_generic_payload& payload);

  Smmu::DmaIn& in_;
  Transport transport_;
  std::deque<Worker> workers_;
  std::vector<Worker*> idle_;
  bool responding_ = false;
  sc_core::sc_event responded_;
};

}  // namespace smmu_vp::smmu

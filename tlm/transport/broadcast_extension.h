// Broadcast TLB maintenance over a TLM-2.0 socket of its own, as the interconnect carries it to all that
// share translations with PEs: payloads without data (TLM_IGNORE_COMMAND) with this extension. A TLBI returns
// once it is accepted, a sync once everything before it is complete (the interconnect's DVM Sync, a PE's
// DSB).
#pragma once

#include <systemc>
#include <tlm>

#include "tlm/spec/broadcast.h"

namespace smmu_vp::transport {

struct BroadcastExtension : tlm::tlm_extension<BroadcastExtension> {
  bool sync = false;  // else `tlbi`
  spec::BroadcastTlbi tlbi;

  tlm::tlm_extension_base* clone() const override { return new BroadcastExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const BroadcastExtension&>(other);
  }
};

}  // namespace smmu_vp::transport

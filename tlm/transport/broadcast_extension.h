// Broadcast TLB maintenance over its own TLM-2.0 socket, as the interconnect distributes it to everything
// that shares translations with PEs: payloads without data (TLM_IGNORE_COMMAND) with this extension. A TLBI
// returns once it is accepted. A sync (the interconnect's DVM Sync, a PE's DSB) returns once everything
// before it is complete.
#pragma once

#include <systemc>
#include <tlm>

#include "tlm/spec/broadcast.h"

namespace smmu_vp::transport {

struct BroadcastExtension : tlm::tlm_extension<BroadcastExtension> {
  bool sync = false;  // otherwise `tlbi`
  spec::BroadcastTlbi tlbi;

  tlm::tlm_extension_base* clone() const override { return new BroadcastExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const BroadcastExtension&>(other);
  }
};

}  // namespace smmu_vp::transport

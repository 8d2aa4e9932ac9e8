// The interrupt controller: lines are raised by wire or by an MSI write to the doorbell; each has a listener.
#pragma once

#include <systemc>

#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include <functional>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class Interrupts : public sc_core::sc_module {
 public:
  Interrupts(sc_core::sc_module_name name, unsigned lines) : sc_module(name), lines_(lines) {
    doorbell.register_b_transport(this, &Interrupts::message);
    doorbell.register_transport_dbg(this, &Interrupts::no_debug);
  }

  tlm_utils::simple_target_socket<Interrupts> doorbell;  // a 32-bit write of N raises line N

  // Raises a line. Like hardware, ignores lines that do not exist or have no listener.
  void raise(u32 line) {
    if (line < lines_.size() && lines_[line]) lines_[line]();
  }
  void listen(u32 line, std::function<void()> listener) { lines_.at(line) = std::move(listener); }
  u32 count() const { return static_cast<u32>(lines_.size()); }

 private:
  void message(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    if (!payload.is_write() || payload.get_data_length() != 4) {
      payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
      return;
    }
    u32 line = 0;
    std::memcpy(&line, payload.get_data_ptr(), sizeof line);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    raise(line);
  }
  unsigned no_debug(tlm::tlm_generic_payload&) { return 0; }

  std::vector<std::function<void()>> lines_;
};

}  // namespace smmu_vp::tb

// Interrupt sources: a pulse on a wire and, when configured, an MSI (3.18); and global errors (7.5).
#pragma once

#include <array>

#include "tlm/core/msi_attributes.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

// A wired output: raise() makes a pulse of 1 ns. A further raise during the pulse makes another after it, so
// that whoever woke by the first and looked too early is woken again.
class Wire : public sc_core::sc_module {
 public:
  explicit Wire(sc_core::sc_module_name name);
  sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> out{"out"};
  void raise();
  // Of what was raised, a pulse that has not begun does not come any more.
  void silence() { raised_ = false; }

 private:
  void drive();
  bool raised_ = false, high_ = false, resting_ = false;
  sc_core::sc_event change_;
};

class Interrupts {
 public:
  enum class Source : u8 { kEventq, kPriq, kGerror, kCmdSync };
  Interrupts(State& state, std::array<Wire*, 4> wires) : state_(state), wires_(wires) {}

  // For the three sources configured in registers; nothing unless enabled.
  void raise(Source source);
  // CMD_SYNC's completion signal SIG_IRQ; the MSI is configured in the command (4.7.3).
  struct Msi {
    u64 address = 0;
    u32 data = 0;
    core::MsiAttributes attributes;
  };
  void signal_sync(const Msi& msi);
  // Activates a global error, unless it is active, and interrupts.
  void error(spec::Field error);

  // The source is disabled: its wire has no further edge (6.3.16).
  void silence(Source source) { wires_[static_cast<unsigned>(source)]->silence(); }

  // MSIs of a register-configured source on their way.
  unsigned in_flight(Source source) const { return in_flight_[static_cast<unsigned>(source)]; }

 private:
  void pulse(Source source);
  void send_msi(Source source, const Msi& msi);

  State& state_;
  std::array<Wire*, 4> wires_;
  std::array<unsigned, 4> in_flight_{};
};

}  // namespace smmu_vp::smmu

// Interrupt sources, each a wired pulse and, when configured, an MSI (3.18); and global errors (7.5).
#pragma once

#include <array>

#include "tlm/core/own_attributes.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

// A wired output: raise() makes a pulse of 1 ns. A raise during a pulse makes another pulse after it, so that
// software which woke on the first and looked too early is woken again.
class Wire : public sc_core::sc_module {
 public:
  explicit Wire(sc_core::sc_module_name name);
  sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND> out{"out"};
  void raise();
  // Drops a pulse that has not started yet.
  void silence() { raised_ = false; }

 private:
  void drive();
  bool raised_ = false, high_ = false, resting_ = false;
  sc_core::sc_event change_;
};

class Interrupts {
 public:
  using Source = spec::InterruptSource;  // kPmcg has its own wire and MSI
  Interrupts(State& state, std::array<Wire*, 4> wires) : state_(state), wires_(wires) {}

  // For the three sources configured in registers. Does nothing unless the source is enabled.
  void raise(Source source);
  // CMD_SYNC's completion signal SIG_IRQ; the MSI is configured in the command (4.7.3).
  struct Msi {
    u64 address = 0;
    u32 data = 0;
    spec::MemoryType type;
  };
  void signal_sync(const Msi& msi);
  // Activates a global error unless it is active already, and raises its interrupt.
  void error(spec::Field error);

  // The source was disabled: its wire shows no further edge (6.3.16).
  void silence(Source source) { wires_[static_cast<unsigned>(source)]->silence(); }

  // The number of MSIs in flight for a source configured in registers.
  unsigned in_flight(Source source) const { return in_flight_[static_cast<unsigned>(source)]; }

 private:
  void pulse(Source source);
  void send_msi(Source source, const Msi& msi);

  State& state_;
  std::array<Wire*, 4> wires_;
  std::array<unsigned, 4> in_flight_{};
};

}  // namespace smmu_vp::smmu

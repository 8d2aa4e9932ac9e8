// Enumerations for the wave viewer. Value 0 is what a signal shows before anything happened.
#include "testbench/trace_sinks/wave_names.h"

#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"

namespace smmu_vp::tb {

const WaveNames& command_names() {
  static const WaveNames names = [] {
    WaveNames n{"command", {"none"}, {0}};
    for (const spec::CommandInfo& c : spec::kCommands) {
      n.names.emplace_back(c.name);
      n.values.push_back(static_cast<u64>(c.opcode));
    }
    return n;
  }();
  return names;
}

const WaveNames& event_names() {
  static const WaveNames names = [] {
    WaveNames n{"event", {"none"}, {0}};
    for (const spec::EventInfo& e : spec::kEvents) {
      n.names.emplace_back(e.name);
      n.values.push_back(static_cast<u64>(e.id));
    }
    return n;
  }();
  return names;
}

const WaveNames& phase_names() {
  static const WaveNames names{"pasid_phase", {"free", "live", "quiesced", "unbound"}, {0, 1, 2, 3}};
  return names;
}

}  // namespace smmu_vp::tb

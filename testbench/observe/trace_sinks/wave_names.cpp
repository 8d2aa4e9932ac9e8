// Enumerations for the wave viewer. Value 0 is shown until a signal first changes.
#include "testbench/observe/trace_sinks/wave_names.h"

#include "tlm/spec/commands.h"
#include "tlm/spec/events.h"
#include "tlm/spec/pasid_lifetime.h"

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
  static const WaveNames names = [] {
    WaveNames n{"pasid_phase", {"free"}, {0}};
    for (const spec::Phase p : {spec::Phase::kLive, spec::Phase::kQuiesced, spec::Phase::kUnbound}) {
      n.names.emplace_back(to_string(p));
      n.values.push_back(number(p));
    }
    return n;
  }();
  return names;
}

}  // namespace smmu_vp::tb

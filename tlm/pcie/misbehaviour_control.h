// The misbehaviour switches of one endpoint, and how often it has broken each rule.
#pragma once

#include <optional>
#include <string>

#include "tlm/device/counters.h"
#include "tlm/spec/misbehaviour.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::pcie {

using spec::Misbehaviour;
using spec::Misbehaviours;

class MisbehaviourControl {
 public:
  MisbehaviourControl(u32 stream_id, const Misbehaviours& on, const trace::Bus& facts)
      : stream_id_(stream_id), on_(on), facts_(facts) {}

  void set(const Misbehaviours& on) { on_ = on; }
  bool enabled(Misbehaviour which) const { return on_[index_of(which)]; }
  // Call just before the device breaks the rule. If the switch is on, counts and
  // announces it and returns true.
  bool record_if_enabled(Misbehaviour which, std::optional<u32> pasid = {}, u64 address = 0) {
    if (!enabled(which)) return false;
    ++counts_[index_of(which)];
    facts_.announce(trace::Misbehaves{{stream_id_, pasid}, which, address});
    return true;
  }
  void visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const {
    for (const spec::MisbehaviourInfo& m : spec::kMisbehaviours) {
      const u64 count = counts_[index_of(m.which)];
      if (count != 0) visit(prefix + ".misbehave." + std::string(m.name), count);
    }
  }

 private:
  u32 stream_id_;
  Misbehaviours on_;
  const trace::Bus& facts_;
  std::array<u64, spec::kMisbehaviours.size()> counts_{};
};

}  // namespace smmu_vp::pcie

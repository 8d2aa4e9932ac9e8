// Observation of the TCU: counters, events of the counter group (10.3) and facts.
#pragma once

#include "tlm/core/tlb_scope.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class TcuWatch {
 public:
  explicit TcuWatch(State& state) : state_(state) {}

  void config_hit() { ++state_.counters.config_hits; }
  // `counted`: misses of transactions are an event of the counter group, others are not (10.3, note 2).
  void config_miss(u32 sid, bool counted) {
    ++state_.counters.config_misses;
    if (counted) state_.count(spec::pmcg::Event::kConfigCacheMiss, sid);
  }
  void structure_fetched(u32 sid) { state_.count(spec::pmcg::Event::kConfigAccess, sid); }
  void walk() { ++state_.counters.walks; }
  // The total so far.
  void descriptors_read(const core::DescriptorReads& reads) { state_.counters.walk_reads = reads; }
  void invalidated(const core::TlbScope& scope, std::optional<spec::Opcode> command, u32 tables,
                   const core::InvalidateResult& tlbs) const;

 private:
  State& state_;
};

}  // namespace smmu_vp::smmu

// Observation of a TBU's transactions: counters, events of the counter group (10.3) and facts.
#pragma once

#include <span>

#include "tlm/core/translator.h"
#include "tlm/smmu/state.h"
#include "tlm/transport/dma_extension.h"

namespace smmu_vp::smmu {

class TbuWatch {
 public:
  TbuWatch(unsigned tbu, State& state) : tbu_(tbu), state_(state) {}

  void begin(u64 transaction, const spec::Access& access, transport::AddressType at, u64 bytes);
  void begin_prefetch(u64 transaction, const spec::Access& access) const;
  void looked_up(core::LookupStatus status);
  void tlb_missed(u32 sid) { state_.count(spec::pmcg::Event::kTlbMiss, sid); }
  // An access passes.
  void translated(u64 transaction, const core::Decision& passed, transport::AddressType at, u64 bytes) const;
  // What a Translation Completion answers to `asked`: a translation and those that follow it.
  void granted(u64 transaction, const spec::Access& asked, const spec::AtsTranslation& first,
               std::span<const spec::AtsTranslation> following) const;
  void aborted() { ++state_.counters.aborted; }
  void end(u64 transaction, trace::TransactionResult result) const {
    if (state_.facts.heard<trace::TransactionEnd>())
      state_.facts.announce(trace::TransactionEnd{transaction, result});
  }

 private:
  void announce_begin(u64 transaction, const spec::Access& access, std::optional<transport::AddressType> at,
                      u64 bytes) const;

  unsigned tbu_;
  State& state_;
};

}  // namespace smmu_vp::smmu

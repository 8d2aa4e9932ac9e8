// Observation of a TBU's transactions: counters, events of the counter group (10.3) and facts. A fact is built only if
// someone listens to it.
#pragma once

#include <span>

#include "tlm/core/translator.h"
#include "tlm/smmu/state.h"
#include "tlm/transport/dma_extension.h"

namespace smmu_vp::smmu {

class TbuWatch {
 public:
  TbuWatch(unsigned tbu, State& state) : tbu_(tbu), state_(state), facts_(state.facts) {}

  void begin(u64 transaction, const spec::Access& access, transport::AddressType at, u64 bytes) {
    using enum transport::AddressType;
    Counters& c = state_.counters;
    ++(at == kUntranslated ? c.transactions : at == kTranslated ? c.translated : c.translation_requests);
    if (state_.pmcg) count_begin(access.who.sid, at);
    // A copy, so that the access itself needs no place in memory where nobody listens.
    if (facts_.heard<trace::TransactionBegin>()) announce_begin(transaction, spec::Access(access), at, bytes);
  }
  void begin_prefetch(u64 transaction, const spec::Access& access) const {
    if (facts_.heard<trace::TransactionBegin>()) announce_begin(transaction, access, std::nullopt, 0);
  }
  void looked_up(core::LookupStatus status) {
    using enum core::LookupStatus;
    Counters& c = state_.counters;
    ++(status == kHit      ? c.tlb_hits
       : status == kMiss   ? c.tlb_misses
       : status == kMerged ? c.tlb_merged
                           : c.tlb_full);
  }
  void tlb_missed(u32 sid) { state_.count(spec::pmcg::Event::kTlbMiss, sid); }
  // An access passes.
  void translated(u64 transaction, const core::Decision& passed, transport::AddressType at, u64 bytes) const {
    if (facts_.heard<trace::Translated>()) announce_translated(transaction, passed, at, bytes);
  }
  // What a Translation Completion answers to `asked`: a translation and those that follow it.
  void granted(u64 transaction, const spec::Access& asked, const spec::AtsTranslation& first,
               std::span<const spec::AtsTranslation> following) const {
    if (facts_.heard<trace::AtsGranted>()) announce_granted(transaction, asked, first, following);
  }
  void aborted() { ++state_.counters.aborted; }
  void end(u64 transaction, trace::TransactionResult result) const {
    if (facts_.heard<trace::TransactionEnd>()) announce_end(transaction, result);
  }

 private:
  void count_begin(u32 sid, transport::AddressType at);
  void announce_begin(u64 transaction, const spec::Access& access, std::optional<transport::AddressType> at,
                      u64 bytes) const;
  void announce_translated(u64 transaction, const core::Decision& passed, transport::AddressType at,
                           u64 bytes) const;
  void announce_granted(u64 transaction, const spec::Access& asked, const spec::AtsTranslation& first,
                        std::span<const spec::AtsTranslation> following) const;
  void announce_end(u64 transaction, trace::TransactionResult result) const;

  unsigned tbu_;
  State& state_;
  const trace::SmmuBus facts_;
};

}  // namespace smmu_vp::smmu

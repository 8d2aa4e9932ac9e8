// Builds a fact only if someone listens to it.
#include "tlm/smmu/tbu_watch.h"

namespace smmu_vp::smmu {

using spec::Access;
using transport::AddressType;
using Event = spec::pmcg::Event;

void TbuWatch::begin(u64 transaction, const Access& access, AddressType at, u64 bytes) {
  state_.count(Event::kTransaction, access.who.sid);
  switch (at) {
    case AddressType::kUntranslated:
      ++state_.counters.transactions;
      break;
    case AddressType::kTranslationRequest:
      ++state_.counters.translation_requests;
      state_.count(Event::kAtsRequest, access.who.sid);
      break;
    case AddressType::kTranslated:
      ++state_.counters.translated;
      state_.count(Event::kAtsTranslated, access.who.sid);
      break;
  }
  announce_begin(transaction, access, at, bytes);
}

void TbuWatch::begin_prefetch(u64 transaction, const Access& access) const {
  announce_begin(transaction, access, std::nullopt, 0);
}

void TbuWatch::announce_begin(u64 transaction, const Access& access, std::optional<AddressType> at,
                              u64 bytes) const {
  if (!state_.facts.heard<trace::TransactionBegin>()) return;
  state_.facts.announce(
      trace::TransactionBegin{transaction, tbu_, access.who, at, access.address, bytes, access.intent.write});
}

void TbuWatch::looked_up(core::LookupStatus status) {
  Counters& c = state_.counters;
  switch (status) {
    case core::LookupStatus::kHit:
      ++c.tlb_hits;
      break;
    case core::LookupStatus::kMiss:
      ++c.tlb_misses;
      break;
    case core::LookupStatus::kMerged:
      ++c.tlb_merged;
      break;
    case core::LookupStatus::kFull:
      ++c.tlb_full;
      break;
  }
}

void TbuWatch::translated(u64 transaction, const core::Decision& passed, AddressType at, u64 bytes) const {
  if (!state_.facts.heard<trace::Translated>()) return;
  const Access& access = passed.access;
  state_.facts.announce(trace::Translated{transaction, access.who, passed.asid, access.address, passed.pa,
                                          bytes, access.intent.write, at, passed.type, access.intent.exec,
                                          access.intent.priv});
}

void TbuWatch::granted(u64 transaction, const Access& asked, const spec::AtsTranslation& first,
                       std::span<const spec::AtsTranslation> following) const {
  if (!state_.facts.heard<trace::AtsGranted>()) return;
  const u64 size = u64{1} << first.log2_size;
  u64 va = asked.address & ~(size - 1);
  state_.facts.announce(trace::AtsGranted{transaction, asked.who, va, first});
  for (const spec::AtsTranslation& next : following)
    state_.facts.announce(trace::AtsGranted{transaction, asked.who, va += size, next});
}

}  // namespace smmu_vp::smmu

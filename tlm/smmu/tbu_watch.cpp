// The facts, for those who listen.
#include "tlm/smmu/tbu_watch.h"

namespace smmu_vp::smmu {

using spec::Access;
using transport::AddressType;

void TbuWatch::count_begin(u32 sid, AddressType at) {
  using Event = spec::pmcg::Event;
  state_.count(Event::kTransaction, sid);
  if (at == AddressType::kTranslationRequest) state_.count(Event::kAtsRequest, sid);
  if (at == AddressType::kTranslated) state_.count(Event::kAtsTranslated, sid);
}

void TbuWatch::announce_begin(u64 transaction, const Access& access, std::optional<AddressType> at,
                              u64 bytes) const {
  facts_.announce(
      trace::TransactionBegin{transaction, tbu_, access.who, at, access.address, bytes, access.intent.write});
}

void TbuWatch::announce_translated(u64 transaction, const core::Decision& passed, AddressType at,
                                   u64 bytes) const {
  const Access& access = passed.access;
  facts_.announce(trace::Translated{transaction, access.who, passed.asid, access.address, passed.pa, bytes,
                                    access.intent.write, at, passed.type, access.intent.exec,
                                    access.intent.priv});
}

void TbuWatch::announce_granted(u64 transaction, const Access& asked, const spec::AtsTranslation& first,
                                std::span<const spec::AtsTranslation> following) const {
  const u64 size = u64{1} << first.log2_size;
  u64 va = asked.address & ~(size - 1);
  facts_.announce(trace::AtsGranted{transaction, asked.who, va, first});
  for (const spec::AtsTranslation& next : following)
    facts_.announce(trace::AtsGranted{transaction, asked.who, va += size, next});
}

void TbuWatch::announce_end(u64 transaction, trace::TransactionResult result) const {
  facts_.announce(trace::TransactionEnd{transaction, result});
}

}  // namespace smmu_vp::smmu

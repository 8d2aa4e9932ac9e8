// An invalidation as a fact.
#include "tlm/smmu/tcu_watch.h"

namespace smmu_vp::smmu {

void TcuWatch::invalidated(const core::TlbScope& scope, std::optional<spec::Opcode> command, u32 tables,
                           const core::InvalidateResult& tlbs) const {
  if (!state_.facts.heard<trace::TlbInvalidated>()) return;
  using Scope = core::Invalidation::Scope;
  const bool by_va = scope.what.scope == Scope::kVa;
  state_.facts.announce(trace::TlbInvalidated{
      .command = command,
      .vmid = scope.what.vmid,
      .asid = scope.what.context,
      .by_va = by_va,
      .by_asid = scope.what.scope == Scope::kContext || (by_va && !scope.what.any_context),
      .first = scope.what.first,
      .last = scope.what.last,
      .entries = tables + tlbs.entries,
      .poisoned = tlbs.mshrs_poisoned,
      .by_vmid = scope.what.world == core::World::kNsEl1 && scope.what.scope != Scope::kAll,
      .world = scope.what.world});
}

}  // namespace smmu_vp::smmu

// Each broadcast operation is decoded as the CMD_TLBI_* of the same scope.
#include "tlm/core/broadcast.h"

#include "tlm/core/command.h"

namespace smmu_vp::core {

using spec::BroadcastOp;
using enum spec::Opcode;

namespace {

spec::Opcode command_of(BroadcastOp op, const SmmuFeatures& f) {
  switch (op) {
    case BroadcastOp::kAllE1:
      return CMD_TLBI_NSNH_ALL;
    case BroadcastOp::kVmalleE1:
      return CMD_TLBI_NH_ALL;
    case BroadcastOp::kVmallS12E1:  // of a combined effect, only the implemented stage
      return f.s2 ? CMD_TLBI_S12_VMALL : CMD_TLBI_NH_ALL;
    case BroadcastOp::kAsidE1:
      return CMD_TLBI_NH_ASID;
    case BroadcastOp::kVaE1:
      return CMD_TLBI_NH_VA;
    case BroadcastOp::kVaaE1:
      return CMD_TLBI_NH_VAA;
    case BroadcastOp::kIpaS2E1:
      return CMD_TLBI_S2_IPA;
    case BroadcastOp::kAllE2:
      return CMD_TLBI_EL2_ALL;
    case BroadcastOp::kAsidE2:
      return CMD_TLBI_EL2_ASID;
    case BroadcastOp::kVaE2:
      return CMD_TLBI_EL2_VA;
    case BroadcastOp::kVaaE2:
      break;
  }
  return CMD_TLBI_EL2_VAA;
}

bool of_el2(BroadcastOp op) {
  return op >= BroadcastOp::kAllE2;
}

// Without stage 2 all entries have VMID 0, so operations for another VMID do not apply.
bool other_vmid(const spec::BroadcastTlbi& m, const SmmuFeatures& f) {
  return !f.s2 && !of_el2(m.op) && m.op != BroadcastOp::kAllE1 && m.vmid != 0;
}

}  // namespace

std::optional<TlbScope> broadcast_scope(const spec::BroadcastTlbi& m, const SmmuFeatures& f) {
  namespace tlbi = spec::cmd::tlbi;
  if (other_vmid(m, f)) return std::nullopt;
  const bool e2h_only = m.op == BroadcastOp::kAsidE2 || m.op == BroadcastOp::kVaaE2;
  if (e2h_only && !m.e2h) return std::nullopt;
  spec::Command c;
  spec::cmd::Opcode.set(c.w, static_cast<u64>(command_of(m.op, f)));
  tlbi::VMID.set(c.w, m.vmid);
  tlbi::ASID.set(c.w, m.asid);
  tlbi::Leaf.set(c.w, m.last_level);
  if (!legal(c, f)) return std::nullopt;
  const World el2 = m.e2h ? World::kNsEl2E2h : World::kNsEl2;  // either suffices (3.17.5)
  TlbScope scope = tlb_scope(c, f, of_el2(m.op) ? el2 : World::kNsEl1);
  if (scope.what.scope == Invalidation::Scope::kVa) {
    scope.what.first = m.address & ~u64{0xFFF};
    scope.what.last = m.address + (m.bytes - 1 < ~m.address ? m.bytes - 1 : ~m.address);
  }
  return scope;
}

}  // namespace smmu_vp::core

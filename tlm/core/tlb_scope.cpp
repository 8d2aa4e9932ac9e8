// Decoding of TLB invalidation commands.
#include "tlm/core/tlb_scope.h"

#include <algorithm>

#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace tlbi = spec::cmd::tlbi;
using enum spec::Opcode;

namespace {

// RES0 and ignored without RIL (4.4.1.1).
u64 granule_field(const spec::Command& c, const SmmuFeatures& f) {
  return f.ranges() ? tlbi::TG.get(c.w) : tlbi::kTgAny;
}

// Bit 25 is used only with IDR5.DS, which is 0 here.
u64 scale(const spec::Command& c) {
  return tlbi::SCALE.get(c.w) & 0x1F;
}

u64 last_byte(const spec::Command& c, u64 first, const SmmuFeatures& f) {
  const u64 tg = granule_field(c, f);
  if (tg == tlbi::kTgAny) return first | 0xFFF;
  const u64 granules = (tlbi::NUM.get(c.w) + 1) << scale(c);
  const u64 bytes = granules << (10 + 2 * tg);  // 4, 16, 64 KB for 1, 2, 3; 2^52 at most
  // A range does not wrap at the top of the address space (4.4.1.1).
  return first + std::min(bytes - 1, ~first);
}

// Of a range only: without TG there is neither granule nor level.
TlbHint hint_of(const spec::Command& c, u64 first, const SmmuFeatures& f) {
  const u64 tg = granule_field(c, f);
  if (tg == tlbi::kTgAny) return {};
  const Granule granule = tg == tlbi::kTg4K    ? Granule::k4K
                          : tg == tlbi::kTg16K ? Granule::k16K
                                               : Granule::k64K;
  const auto ttl = static_cast<u8>(tlbi::TTL.get(c.w));
  const u8 level = granule == Granule::k16K && ttl == 1 ? u8{0} : ttl;  // Reserved without DS, and as 0
  const unsigned leaf = spec::vmsa::level_shift(granule, level == 0 ? 3 : level);
  return {granule, level, (first & ((u64{1} << leaf) - 1)) != 0};
}

}  // namespace

bool reserved_range(const spec::Command& c, const SmmuFeatures& f) {
  const u64 tg = granule_field(c, f);
  if (tg == tlbi::kTgAny || tlbi::NUM.get(c.w) != 0 || scale(c) != 0) return false;
  const u64 ttl = tlbi::TTL.get(c.w);
  // Without DS, level 1 of a 16KB table has no leaves: the value is no hint.
  return ttl == 0 || (tg == tlbi::kTg16K && ttl == 1);
}

TlbScope tlb_scope(const spec::Command& c, const SmmuFeatures& f, World world) {
  using Scope = Invalidation::Scope;
  const spec::Opcode opcode = spec::opcode_of(c);
  TlbScope out;
  Invalidation& what = out.what;
  what.world = world;
  // Without stage 2 the VMID parameter is ignored (4.4.2); EL2 has no VMID.
  what.vmid = f.s2 && world == World::kNsEl1 ? static_cast<u16>(tlbi::VMID.get(c.w)) : u16{0};
  switch (opcode) {
    case CMD_TLBI_NH_ALL:
    case CMD_TLBI_S12_VMALL:
      what.scope = Scope::kVmid;
      break;
    case CMD_TLBI_NH_ASID:
    case CMD_TLBI_EL2_ASID:
      what.scope = Scope::kContext;
      what.context = static_cast<u32>(tlbi::ASID.get(c.w));
      break;
    case CMD_TLBI_NH_VA:
    case CMD_TLBI_NH_VAA:
    case CMD_TLBI_EL2_VA:
    case CMD_TLBI_EL2_VAA:
      what.scope = Scope::kVa;
      what.any_context = opcode == CMD_TLBI_NH_VAA || opcode == CMD_TLBI_EL2_VAA || world == World::kNsEl2;
      what.context = what.any_context ? 0 : static_cast<u32>(tlbi::ASID.get(c.w));
      what.first = tlbi::Address.in_place(c.w);
      what.last = last_byte(c, what.first, f);
      out.hint = hint_of(c, what.first, f);
      out.leaf_only = tlbi::Leaf.get(c.w) != 0;
      break;
    case CMD_TLBI_S2_IPA:
      what.scope = Scope::kVa;
      what.context = kStage2Context;
      what.first = tlbi::IPA.in_place(c.w);
      what.last = last_byte(c, what.first, f);
      out.hint = hint_of(c, what.first, f);
      out.leaf_only = tlbi::Leaf.get(c.w) != 0;
      break;
    default:  // CMD_TLBI_NSNH_ALL, CMD_TLBI_EL2_ALL
      what.scope = Scope::kAll;
      break;
  }
  return out;
}

unsigned vmid_wildcard_bits(u32 cr0, const TlbScope& scope, const SmmuFeatures& f) {
  const Invalidation& what = scope.what;
  const bool by_vmid = what.world == World::kNsEl1 && what.scope != Invalidation::Scope::kAll;
  const u64 vmw = spec::CR0::VMW.get(cr0);
  return f.s2 && by_vmid && vmw <= 4 ? static_cast<unsigned>(vmw) : 0;  // other values behave as 0 (6.3.9)
}

}  // namespace smmu_vp::core

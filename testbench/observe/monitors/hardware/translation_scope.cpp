// Decoding of the commands, apart from the model's.
#include "testbench/observe/monitors/hardware/translation_scope.h"

#include <algorithm>

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

namespace tlbi = spec::cmd::tlbi;
using enum spec::Opcode;

constexpr u64 low_bits(unsigned n) {
  return n >= 64 ? ~u64{0} : (u64{1} << n) - 1;
}

// By TG, TTL, NUM and SCALE; false when the range is UNPREDICTABLE (4.4.1.1).
bool read_range(const spec::Command& c, const MachineTraits& machine, InvalidationScope& out) {
  const u64 tg =
      spec::IDR3::RIL.get(machine.id_register(spec::offset::IDR3)) != 0 ? tlbi::TG.get(c.w) : tlbi::kTgAny;
  if (tg == tlbi::kTgAny) {
    out.last = out.first | 0xFFF;
    return true;
  }
  const Granule granule = tg == tlbi::kTg4K    ? Granule::k4K
                          : tg == tlbi::kTg16K ? Granule::k16K
                                               : Granule::k64K;
  out.granule = granule;
  const bool ds = spec::IDR5::DS.get(machine.id_register(spec::offset::IDR5)) != 0;
  out.level = static_cast<unsigned>(tlbi::TTL.get(c.w));
  if (granule == Granule::k16K && out.level == 1 && !ds) out.level = 0;
  const int aligned_to = out.level == 0 ? 3 : static_cast<int>(out.level);
  if ((out.first & low_bits(spec::vmsa::level_shift(granule, aligned_to))) != 0) return false;
  const u64 scale = std::min(tlbi::SCALE.get(c.w) & (ds ? 0x3Fu : 0x1Fu), tlbi::kScaleMax);
  const unsigned page = spec::vmsa::page_shift(granule);
  const u64 granules = tlbi::NUM.get(c.w) + 1;
  const u64 bytes_less_1 = scale + page >= 59 ? ~u64{0} : (granules << (scale + page)) - 1;
  out.last = out.first + std::min(bytes_less_1, ~out.first);  // it does not wrap
  return true;
}

}  // namespace

bool InvalidationScope::meets(const TranslationTags& tags) const {
  if (tags.world == World::kAtc) return atc && tags.sid == sid && (!context || *context == tags.context);
  if (tags.smmu != smmu) return false;
  const bool world = tags.world == World::kNsEl1 ? el1 : tags.world == World::kNsEl2 ? el2 : el2_e2h;
  if (!world || !(tags.of_ipa ? stage2 : stage1)) return false;
  if (tags.world != World::kNsEl1 || !vmid) return true;
  return (tags.vmid ^ *vmid) >> vmid_wildcard_bits == 0;
}

bool InvalidationScope::covers(const CachedEntry& entry) const {
  if (!meets(entry.tags)) return false;
  if (entry.tags.world != World::kAtc && entry.tags.world != World::kNsEl2) {
    if (entry.global ? !globals : context && *context != entry.tags.context) return false;
  }
  if (shared_only && entry.aset) return false;
  if (!by_address) return true;
  if (entry.leaf_first() > last || entry.leaf_last() < first) return false;
  if (granule && *granule != entry.granule) return false;
  if (entry.kind == CachedKind::kTable)
    return !leaf_only && (level == 0 || entry.level < static_cast<int>(level));
  return level == 0 || entry.level == static_cast<int>(level);
}

std::optional<InvalidationScope> scope_of(const trace::Command& f, const MachineTraits& machine,
                                          const RegisterShadow& registers) {
  const spec::Command c = f.words();
  const u32 idr0 = machine.id_register(spec::offset::IDR0);
  InvalidationScope out;
  out.smmu = f.smmu;
  const auto of_vmid = [&] {
    out.el1 = true;
    if (spec::IDR0::S2P.get(idr0) == 0) return;  // 4.4.2
    out.vmid = static_cast<u16>(tlbi::VMID.get(c.w));
    const u64 vmw = spec::CR0::VMW.get(registers.word(spec::offset::CR0, f.smmu));
    out.vmid_wildcard_bits = vmw <= 4 ? static_cast<unsigned>(vmw) : 0;  // 6.3.9
  };
  const auto of_asid = [&] { out.context = static_cast<u32>(tlbi::ASID.get(c.w)); };
  const auto of_va = [&](u64 address) {
    out.by_address = true;
    out.first = address;
    out.leaf_only = tlbi::Leaf.get(c.w) != 0;
    return read_range(c, machine, out);
  };
  const bool e2h = spec::CR2::E2H.get(registers.word(spec::offset::CR2, f.smmu)) != 0;
  const auto of_el2 = [&] { (e2h ? out.el2_e2h : out.el2) = true; };
  bool required = true;
  switch (f.opcode()) {
    case CMD_TLBI_NSNH_ALL:
      out.el1 = out.stage2 = true;
      break;
    case CMD_TLBI_S12_VMALL:
      of_vmid();
      out.stage2 = true;
      break;
    case CMD_TLBI_NH_ALL:
      of_vmid();
      break;
    case CMD_TLBI_NH_ASID:
      of_vmid();
      of_asid();
      out.globals = false;
      break;
    case CMD_TLBI_NH_VA:
      of_vmid();
      of_asid();
      required = of_va(tlbi::Address.in_place(c.w));
      break;
    case CMD_TLBI_NH_VAA:
      of_vmid();
      required = of_va(tlbi::Address.in_place(c.w));
      break;
    case CMD_TLBI_S2_IPA:
      of_vmid();
      out.stage1 = false;
      out.stage2 = true;
      required = of_va(tlbi::IPA.in_place(c.w));
      break;
    case CMD_TLBI_EL2_ALL:
      out.el2 = out.el2_e2h = true;
      break;
    case CMD_TLBI_EL2_ASID:
      out.el2_e2h = true;
      of_asid();
      out.globals = false;
      break;
    case CMD_TLBI_EL2_VA:
      of_el2();
      of_asid();
      required = of_va(tlbi::Address.in_place(c.w));
      break;
    case CMD_TLBI_EL2_VAA:
      of_el2();
      required = of_va(tlbi::Address.in_place(c.w));
      break;
    default:
      return std::nullopt;
  }
  // With 8-bit ASIDs or VMIDs a wider value is required to match nothing (4.4).
  const bool wide_asid = out.context && *out.context > 0xFF && spec::IDR0::ASID16.get(idr0) == 0;
  const bool wide_vmid = out.vmid && *out.vmid > 0xFF && spec::IDR0::VMID16.get(idr0) == 0;
  if (!required || wide_asid || wide_vmid) return std::nullopt;
  return out;
}

InvalidationScope scope_of(const trace::TlbInvalidated& f) {
  constexpr u32 kStage2Alone = 1u << 16;  // in the place of an ASID: by IPA
  InvalidationScope out;
  out.smmu = f.smmu;
  out.el1 = f.world == World::kNsEl1;
  out.el2 = f.world == World::kNsEl2;
  out.el2_e2h = f.world == World::kNsEl2E2h;
  if (f.by_vmid) out.vmid = static_cast<u16>(f.vmid);
  const bool by_ipa = f.by_va && f.asid == kStage2Alone;
  out.stage1 = !by_ipa;
  out.stage2 = by_ipa || (!f.by_va && !f.by_asid);  // which of VMALLE1 and VMALLS12E1 it was is not said
  if (f.by_asid && !by_ipa) out.context = f.asid;
  out.globals = f.by_va || !f.by_asid;
  // 3.17: by ASID; in EL2 by VA as well.
  out.shared_only = !by_ipa && (f.by_asid || (f.by_va && f.world == World::kNsEl2));
  out.by_address = f.by_va;
  out.first = f.first;
  out.last = f.last;
  return out;
}

InvalidationScope scope_of(const trace::AtcInvalidateSent& f, bool global) {
  InvalidationScope out;
  out.atc = true;
  out.sid = f.who.sid;
  // Without a PASID, and with the Global flag, every PASID's entries go (PCIe 10.3.8).
  if (f.who.pasid && !global) out.context = *f.who.pasid;
  out.by_address = f.log2_size < 64;
  if (out.by_address) {
    out.first = f.address >> f.log2_size << f.log2_size;
    out.last = out.first | low_bits(f.log2_size);
  }
  return out;
}

}  // namespace smmu_vp::tb

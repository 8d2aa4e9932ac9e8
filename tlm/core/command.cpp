// Command decoding: which commands are ILLEGAL, and the effect of each.
#include "tlm/core/command.h"

#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace cmd = spec::cmd;
using enum spec::Opcode;

namespace {

u32 sid(const spec::Command& c) {
  return static_cast<u32>(cmd::SID.get(c.w));
}
// Without PASID support, SSV is treated as 0 (4.2, 4.5.1, 4.5.2).
spec::Requester requester(const spec::Command& c, const SmmuFeatures& f) {
  const bool ssv = f.ssid_bits != 0 && cmd::SSV.get(c.w) != 0;
  return {sid(c), spec::substream(ssv, static_cast<u32>(cmd::SSID.get(c.w)))};
}

// Whether the command's feature is implemented and its parameters are legal.
bool supported(spec::Opcode opcode, const spec::Command& c, const SmmuFeatures& f) {
  switch (opcode) {
    case CMD_PREFETCH_CONFIG:
    case CMD_PREFETCH_ADDR:
    case CMD_CFGI_STE:
    case CMD_CFGI_STE_RANGE:
    case CMD_TLBI_NSNH_ALL:
      return true;
    case CMD_CFGI_CD:
    case CMD_CFGI_CD_ALL:
    case CMD_TLBI_NH_ALL:
    case CMD_TLBI_NH_ASID:
      return f.s1;
    case CMD_TLBI_NH_VA:
    case CMD_TLBI_NH_VAA:
      return f.s1 && !reserved_range(c, f);
    case CMD_TLBI_EL2_ALL:
    case CMD_TLBI_EL2_ASID:
      return f.hyp;
    case CMD_TLBI_EL2_VA:
    case CMD_TLBI_EL2_VAA:
      return f.hyp && !reserved_range(c, f);
    case CMD_TLBI_S12_VMALL:
      return f.s2;
    case CMD_TLBI_S2_IPA:
      return f.s2 && !reserved_range(c, f);
    case CMD_ATC_INV:
      return f.ats && cmd::atc_inv::Size.get(c.w) <= cmd::atc_inv::kSizeAll;  // 4.5.1 permits the error
    case CMD_PRI_RESP:
      return f.pri && cmd::pri_resp::Resp.get(c.w) != 0b11;
    case CMD_RESUME:
    case CMD_STALL_TERM:
      return f.stall_model != spec::kStallModelNone;
    case CMD_SYNC:
      return cmd::sync::CS.get(c.w) != 0b11;
    case CMD_CFGI_VMS_PIDM:  // IDR3.MPAM is 0
    case CMD_DPTI_ALL:       // IDR3.DPT is 0
    case CMD_DPTI_PA:
      return false;
  }
  return false;  // Reserved, or another interface's
}

// Opcodes whose commands carry SSec, which must be zero here (4.1.6). This is checked for every command, so
// the table is searched once, at compile time.
constexpr std::array<bool, 256> kHasSsec = [] {
  std::array<bool, 256> has{};
  // Not by comparing the field's address: gcc's sanitizers cannot do that at compile time.
  for (const spec::CommandInfo& info : spec::kCommands) {
    for (const spec::NamedField& f : info.fields)
      has[static_cast<u8>(info.opcode)] |= f.kind == spec::FieldKind::kSsec;
  }
  return has;
}();

PrefetchSpan prefetch_span(const spec::Command& c, const SmmuFeatures& f) {
  // In SMMUv3.0 Stride is RES0 and the stride 4 KB (4.2.2).
  const u64 stride = f.version == 0 ? 0 : cmd::prefetch::Stride.get(c.w);
  return {.first = cmd::prefetch::Address.in_place(c.w),
          .stride = u64{0x1000} << stride,
          .count = u64{1} << cmd::prefetch::Size.get(c.w)};
}

void invalidate_stream_range(const spec::Command& c, CommandEffects& effects) {
  const u64 range = cmd::cfgi::Range.get(c.w);
  const u64 span = u64{2} << range;  // 4.3.2; CMD_CFGI_ALL covers every StreamID
  const u64 first = sid(c) & ~(span - 1);
  effects.invalidate_streams(static_cast<u32>(first), static_cast<u32>(first + span - 1), false);
}

void invalidate_atc(const spec::Command& c, const SmmuFeatures& f, CommandEffects& effects) {
  const u64 size = cmd::atc_inv::Size.get(c.w);
  const auto log2_size = static_cast<u8>(12 + size);
  const u64 inside = log2_size >= 64 ? ~u64{0} : (u64{1} << log2_size) - 1;
  const u64 address = cmd::atc_inv::Address.in_place(c.w) & ~inside;  // aligned to its size (4.5.1)
  const spec::Requester who = requester(c, f);
  const bool global = who.pasid && cmd::atc_inv::Global.get(c.w) != 0;
  effects.invalidate_atc(who, global, address, log2_size);
}

StallAction action(const spec::Command& c, const SmmuFeatures& f) {
  if (cmd::resume::Ac.get(c.w) == cmd::resume::kRetry) return StallAction::kRetry;
  const bool abort = f.term_model == spec::kTermModelAbortOnly || cmd::resume::Ab.get(c.w) != 0;
  return abort ? StallAction::kAbort : StallAction::kRazWi;
}

}  // namespace

bool legal(const spec::Command& c, const SmmuFeatures& f) {
  const spec::Opcode opcode = spec::opcode_of(c);
  if (kHasSsec[static_cast<u8>(opcode)] && cmd::SSec.get(c.w) != 0) return false;
  return supported(opcode, c, f);
}

spec::Cerror execute(const spec::Command& c, const SmmuFeatures& f, CommandEffects& effects) {
  if (!legal(c, f)) return spec::Cerror::CERROR_ILL;
  switch (spec::opcode_of(c)) {
    case CMD_PREFETCH_CONFIG:
      effects.prefetch_configuration(requester(c, f));
      break;
    case CMD_PREFETCH_ADDR:
      effects.prefetch_configuration(requester(c, f));
      effects.prefetch_translations(requester(c, f), prefetch_span(c, f));
      break;
    case CMD_CFGI_STE:
      effects.invalidate_streams(sid(c), sid(c), cmd::cfgi::Leaf.get(c.w) != 0);
      break;
    case CMD_CFGI_STE_RANGE:
      invalidate_stream_range(c, effects);
      break;
    case CMD_CFGI_CD:
      effects.invalidate_context({sid(c), static_cast<u32>(cmd::SSID.get(c.w))},
                                 cmd::cfgi::Leaf.get(c.w) != 0);
      break;
    case CMD_CFGI_CD_ALL:
      effects.invalidate_contexts(sid(c));
      break;
    case CMD_ATC_INV:
      invalidate_atc(c, f, effects);
      break;
    case CMD_PRI_RESP:
      effects.respond_to_page_request(requester(c, f), static_cast<u16>(cmd::pri_resp::PRGIndex.get(c.w)),
                                      static_cast<spec::Resp>(cmd::pri_resp::Resp.get(c.w)));
      break;
    case CMD_RESUME:
      effects.resume(sid(c), static_cast<u16>(cmd::resume::STAG.get(c.w)), action(c, f));
      break;
    case CMD_STALL_TERM:
      effects.terminate_stalls(sid(c));
      break;
    case CMD_SYNC:
      return effects.synchronize();
    case CMD_TLBI_EL2_ALL:
    case CMD_TLBI_EL2_VA:
    case CMD_TLBI_EL2_VAA:
      effects.invalidate_translations(tlb_scope(c, f, World::kNsEl2));
      [[fallthrough]];
    case CMD_TLBI_EL2_ASID:
      effects.invalidate_translations(tlb_scope(c, f, World::kNsEl2E2h));
      break;
    default:
      effects.invalidate_translations(tlb_scope(c, f));
      break;
  }
  return spec::Cerror::CERROR_NONE;
}

}  // namespace smmu_vp::core

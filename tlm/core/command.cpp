// One table row a command: when it is illegal, beside what is common to all.
#include "tlm/core/command.h"

#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace cmd = spec::cmd;
using enum spec::Opcode;

namespace {

u32 sid(const spec::Command& c) {
  return static_cast<u32>(cmd::SID.get(c.w));
}
u32 ssid(const spec::Command& c) {
  return static_cast<u32>(cmd::SSID.get(c.w));
}
// Without PASIDs a command behaves as though SSV were 0 (4.2, 4.5.1, 4.5.2).
bool ssv(const spec::Command& c, const SmmuFeatures& f) {
  return f.ssid_bits != 0 && cmd::SSV.get(c.w) != 0;
}

// Whether the feature the command belongs to is there, and its parameters are not ILLEGAL.
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

// Opcodes whose commands carry SSec, which must be zero here (4.1.6). Looked up for every command, so the
// table of commands is searched once, at compile time.
constexpr std::array<bool, 256> kHasSsec = [] {
  std::array<bool, 256> has{};
  for (const spec::CommandInfo& info : spec::kCommands) {
    for (const spec::NamedField& f : info.fields) {
      if (f.field.lo == cmd::SSec.lo && f.field.hi == cmd::SSec.hi) has[static_cast<u8>(info.opcode)] = true;
    }
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
  const u64 span = u64{2} << range;  // 4.3.2; all of them for CMD_CFGI_ALL
  const u64 first = sid(c) & ~(span - 1);
  effects.invalidate_streams(static_cast<u32>(first), static_cast<u32>(first + span - 1));
}

void invalidate_atc(const spec::Command& c, const SmmuFeatures& f, CommandEffects& effects) {
  const u64 size = cmd::atc_inv::Size.get(c.w);
  const auto log2_size = static_cast<u8>(12 + size);
  const u64 inside = log2_size >= 64 ? ~u64{0} : (u64{1} << log2_size) - 1;
  const u64 address = cmd::atc_inv::Address.in_place(c.w) & ~inside;  // aligned to its size (4.5.1)
  const bool with_pasid = ssv(c, f);
  const bool global = with_pasid && cmd::atc_inv::Global.get(c.w) != 0;
  effects.invalidate_atc(sid(c), with_pasid, with_pasid ? ssid(c) : 0, global, address, log2_size);
}

StallAction action(const spec::Command& c, const SmmuFeatures& f) {
  if (cmd::resume::Ac.get(c.w) == cmd::resume::kRetry) return StallAction::kRetry;
  const bool abort = f.term_model == spec::kTermModelAbortOnly || cmd::resume::Ab.get(c.w) != 0;
  return abort ? StallAction::kAbort : StallAction::kRazWi;
}

}  // namespace

bool legal(const spec::Command& c, const SmmuFeatures& f) {
  const u64 opcode = cmd::Opcode.get(c.w);
  if (kHasSsec[opcode] && cmd::SSec.get(c.w) != 0) return false;
  return supported(static_cast<spec::Opcode>(opcode), c, f);
}

spec::Cerror execute(const spec::Command& c, const SmmuFeatures& f, CommandEffects& effects) {
  if (!legal(c, f)) return spec::Cerror::CERROR_ILL;
  switch (static_cast<spec::Opcode>(cmd::Opcode.get(c.w))) {
    case CMD_PREFETCH_CONFIG:
      effects.prefetch_configuration(sid(c), ssv(c, f), ssid(c));
      break;
    case CMD_PREFETCH_ADDR:
      effects.prefetch_configuration(sid(c), ssv(c, f), ssid(c));
      effects.prefetch_translations(sid(c), ssv(c, f), ssid(c), prefetch_span(c, f));
      break;
    case CMD_CFGI_STE:
      effects.invalidate_streams(sid(c), sid(c));
      break;
    case CMD_CFGI_STE_RANGE:
      invalidate_stream_range(c, effects);
      break;
    case CMD_CFGI_CD:
      effects.invalidate_context(sid(c), ssid(c), cmd::cfgi::Leaf.get(c.w) != 0);
      break;
    case CMD_CFGI_CD_ALL:
      effects.invalidate_contexts(sid(c));
      break;
    case CMD_ATC_INV:
      invalidate_atc(c, f, effects);
      break;
    case CMD_PRI_RESP:
      effects.respond_to_page_request(sid(c), ssv(c, f), ssid(c),
                                      static_cast<u16>(cmd::pri_resp::PRGIndex.get(c.w)),
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

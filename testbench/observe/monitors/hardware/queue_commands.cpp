// In this order: what raises CERROR_ILL, fields that are RES0, parameters out of range (4.1.3 to 4.1.7, 4.2 to 4.7).
#include "testbench/observe/monitors/hardware/queue_commands.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

namespace {

namespace cmd = spec::cmd;
using spec::Opcode;
using Fault = std::optional<std::string>;

// A command that is ILLEGAL where the field of an ID register is zero.
struct Needed {
  Opcode opcode;
  u32 id_offset;
  spec::Field id_field;
  const char* id_name;
};
constexpr Needed kNeeded[] = {
#define NEEDS(opcode, id, field) {Opcode::opcode, spec::offset::id, spec::id::field, #id "." #field},
    NEEDS(CMD_CFGI_CD, IDR0, S1P) NEEDS(CMD_CFGI_CD_ALL, IDR0, S1P) NEEDS(CMD_CFGI_VMS_PIDM, IDR3, MPAM)
        NEEDS(CMD_TLBI_NH_ALL, IDR0, S1P) NEEDS(CMD_TLBI_NH_ASID, IDR0, S1P) NEEDS(CMD_TLBI_NH_VA, IDR0, S1P)
            NEEDS(CMD_TLBI_NH_VAA, IDR0, S1P) NEEDS(CMD_TLBI_EL2_ALL, IDR0, Hyp)
                NEEDS(CMD_TLBI_EL2_ASID, IDR0, Hyp) NEEDS(CMD_TLBI_EL2_VA, IDR0, Hyp)
                    NEEDS(CMD_TLBI_EL2_VAA, IDR0, Hyp) NEEDS(CMD_TLBI_S12_VMALL, IDR0, S2P)
                        NEEDS(CMD_TLBI_S2_IPA, IDR0, S2P) NEEDS(CMD_ATC_INV, IDR0, ATS)
                            NEEDS(CMD_PRI_RESP, IDR0, PRI) NEEDS(CMD_DPTI_ALL, IDR3, DPT)
                                NEEDS(CMD_DPTI_PA, IDR3, DPT)
#undef NEEDS
};

// Of each opcode, the bits that are fields of its command: all others are RES0 (4.1.5).
using Words = std::array<u64, 2>;
constexpr std::array<Words, 256> kDefined = [] {
  std::array<Words, 256> defined{};
  for (const spec::CommandInfo& info : spec::kCommands) {
    Words& words = defined[static_cast<u8>(info.opcode)];
    for (const spec::NamedField& f : info.fields) words[f.field.word()] |= f.field.mask();
  }
  return defined;
}();

class Check {
 public:
  Check(const spec::Command& command, const IdRegisters& ids)
      : c_(command),
        ids_(ids),
        opcode_(spec::opcode_of(command)),
        info_(spec::find_command(get(cmd::Opcode))) {}

  Fault fault() const {
    for (const auto check :
         {&Check::illegal, &Check::reserved, &Check::range, &Check::identifiers, &Check::streams}) {
      if (Fault found = (this->*check)()) return found;
    }
    return std::nullopt;
  }

 private:
  u64 get(spec::Field field) const { return field.get(c_.w); }
  u64 id(u32 offset, spec::Field field) const { return ids_.get(offset, field); }
  bool has(spec::Field field) const {
    return (kDefined[static_cast<u8>(opcode_)][field.word()] & field.mask()) == field.mask();
  }
  bool has(spec::FieldKind kind) const { return info_->field(kind) != nullptr; }

  Fault illegal() const {
    if (info_ == nullptr)
      return fmt::format("opcode {:#04x} is Reserved on a Non-secure queue (4.1.1)", get(cmd::Opcode));
    if (has(spec::FieldKind::kSsec) && get(cmd::SSec) != 0) return "SSec is 1 on a Non-secure queue (4.1.6)";
    for (const Needed& needed : kNeeded) {
      if (needed.opcode == opcode_ && id(needed.id_offset, needed.id_field) == 0)
        return fmt::format("ILLEGAL where {} is 0 ({})", needed.id_name, info_->section);
    }
    const bool of_stalls = opcode_ == Opcode::CMD_RESUME || opcode_ == Opcode::CMD_STALL_TERM;
    if (of_stalls && id(spec::offset::IDR0, spec::IDR0::STALL_MODEL) == spec::kStallModelNone)
      return fmt::format("ILLEGAL where IDR0.STALL_MODEL says that nothing stalls ({})", info_->section);
    if (opcode_ == Opcode::CMD_ATC_INV && get(cmd::atc_inv::Size) > cmd::atc_inv::kSizeAll)
      return fmt::format("Size {} is above {} (4.5.1)", get(cmd::atc_inv::Size), cmd::atc_inv::kSizeAll);
    if (opcode_ == Opcode::CMD_PRI_RESP && get(cmd::pri_resp::Resp) == 0b11)
      return "Resp 0b11 is Reserved (4.5.2)";
    if (opcode_ == Opcode::CMD_SYNC && get(cmd::sync::CS) == 0b11) return "CS 0b11 is Reserved (4.7.3)";
    return std::nullopt;
  }

  Fault reserved() const {
    const Words& defined = kDefined[static_cast<u8>(opcode_)];
    const Words extra = {c_.w[0] & ~defined[0], c_.w[1] & ~defined[1]};
    if ((extra[0] | extra[1]) != 0)
      return fmt::format(
          "bits {:#x} of word 0 and {:#x} of word 1 belong to no field and must be zero (4.1.5)", extra[0],
          extra[1]);
    // In SMMUv3.0 the stride is 4 KB (4.2.2).
    if (opcode_ == Opcode::CMD_PREFETCH_ADDR && get(cmd::prefetch::Stride) != 0 &&
        id(spec::offset::AIDR, spec::AIDR::ArchMinorRev) == 0)
      return "Stride is RES0 in SMMUv3.0 (4.2.2)";
    return std::nullopt;
  }

  // Range and level hint (4.4.1.1).
  Fault range() const {
    if (!has(spec::FieldKind::kGranule)) return std::nullopt;
    const u64 tg = get(cmd::tlbi::TG), ttl = get(cmd::tlbi::TTL), num = get(cmd::tlbi::NUM),
              scale = get(cmd::tlbi::SCALE);
    const bool any = (num | scale | ttl | get(cmd::tlbi::TTL128)) != 0;
    if ((any || tg != 0) && id(spec::offset::IDR3, spec::IDR3::RIL) == 0)
      return "NUM, SCALE, TG and TTL are RES0 where IDR3.RIL is 0 (4.4.1.1)";
    if (tg == cmd::tlbi::kTgAny)
      return any ? Fault("NUM, SCALE and TTL are RES0 while TG is 0 (4.4.1.1)") : std::nullopt;
    const bool ds = id(spec::offset::IDR5, spec::IDR5::DS) != 0;
    if (scale > 31 && !ds) return "SCALE has 5 bits where IDR5.DS is 0 (4.4.1.1)";
    if ((num | scale | ttl) == 0) return "TG with NUM, SCALE and TTL of 0 is Reserved (4.4.1.1)";
    if (tg == cmd::tlbi::kTg16K && ttl == 1 && !ds)
      return "TTL 1 of the 16 KB granule is Reserved where IDR5.DS is 0 (4.4.1.1)";
    // Nine, eleven or thirteen bits of an address each level; a level 3 entry, or any, is one granule.
    const unsigned granule = tg == cmd::tlbi::kTg4K ? 12 : tg == cmd::tlbi::kTg16K ? 14 : 16;
    const unsigned log2_block = granule + (ttl == 0 ? 0 : static_cast<unsigned>(3 - ttl) * (granule - 3));
    const u64 address = cmd::tlbi::Address.in_place(c_.w);
    if (get(cmd::tlbi::TTL128) == 0 && (address & ((u64{1} << log2_block) - 1)) != 0)
      return fmt::format(
          "Address {:#x} is not aligned to the 2^{} bytes that TG {} and TTL {} say: what is invalidated is "
          "UNPREDICTABLE (4.4.1.1)",
          address, log2_block, tg, ttl);
    return std::nullopt;
  }

  Fault identifiers() const {
    if (!spec::is_tlbi(opcode_)) return std::nullopt;
    const u64 asid = has(cmd::tlbi::ASID) ? get(cmd::tlbi::ASID) : 0;
    const u64 vmid = has(cmd::tlbi::VMID) ? get(cmd::tlbi::VMID) : 0;
    if (asid > 0xFF && id(spec::offset::IDR0, spec::IDR0::ASID16) == 0)
      return fmt::format("ASID {:#x} has more than 8 bits, and IDR0.ASID16 is 0 (4.4)", asid);
    if (vmid != 0 && id(spec::offset::IDR0, spec::IDR0::S2P) == 0)
      return fmt::format("VMID {:#x} is RES0 without stage 2 (4.4.2)", vmid);
    if (vmid > 0xFF && id(spec::offset::IDR0, spec::IDR0::VMID16) == 0)
      return fmt::format("VMID {:#x} has more than 8 bits, and IDR0.VMID16 is 0 (4.4)", vmid);
    return std::nullopt;
  }

  // StreamID and SubstreamID (4.1.7, 4.2, 4.5).
  Fault streams() const {
    if (!has(spec::FieldKind::kStreamId)) return std::nullopt;
    const u64 sid_bits = id(spec::offset::IDR1, spec::IDR1::SIDSIZE);
    const u64 ssid_bits = id(spec::offset::IDR1, spec::IDR1::SSIDSIZE);
    // The low bits of a range's StreamID are IGNORED (4.3.2).
    const u64 ignored = opcode_ == Opcode::CMD_CFGI_STE_RANGE ? (u64{2} << get(cmd::cfgi::Range)) - 1 : 0;
    const u64 sid = get(cmd::SID) & ~ignored;
    if (sid >> sid_bits != 0)
      return fmt::format("StreamID {:#x} has more than the {} bits of IDR1.SIDSIZE (4.1.7)", sid, sid_bits);
    if (!has(cmd::SSID)) return std::nullopt;
    const bool ssv = has(cmd::SSV) && get(cmd::SSV) != 0;
    if (ssv && ssid_bits == 0) return fmt::format("SSV is 1 where IDR1.SSIDSIZE is 0 ({})", info_->section);
    if ((ssv || !has(cmd::SSV)) && get(cmd::SSID) >> ssid_bits != 0)
      return fmt::format("SubstreamID {:#x} has more than the {} bits of IDR1.SSIDSIZE (4.1.7)",
                         get(cmd::SSID), ssid_bits);
    return std::nullopt;
  }

  const spec::Command& c_;
  const IdRegisters& ids_;
  const Opcode opcode_;
  const spec::CommandInfo* const info_;
};

}  // namespace

std::string command_text(const spec::Command& command, u32 index) {
  return fmt::format("{} at CMDQ index {} ({:#x}, {:#x})", spec::to_string(spec::opcode_of(command)), index,
                     command.w[0], command.w[1]);
}

CommandRules::CommandRules(const MachineTraits& machine) : ids_(machine) {}

std::optional<std::string> CommandRules::fault(const spec::Command& command) const {
  return Check(command, ids_).fault();
}

}  // namespace smmu_vp::tb

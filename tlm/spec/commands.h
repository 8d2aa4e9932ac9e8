// Command queue entries: opcodes, fields by absolute bit, and the error codes they can raise (chapter
// 4, 7.1).
#pragma once

#include <array>
#include <span>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 16 bytes, little-endian (4.1.1).
struct Command {
  std::array<u64, 2> w{};
  friend constexpr bool operator==(const Command&, const Command&) = default;
};

// Every command that a non-secure programming interface accepts (4.1.1).
enum class Opcode : u8 {
  CMD_PREFETCH_CONFIG = 0x01,
  CMD_PREFETCH_ADDR = 0x02,
  CMD_CFGI_STE = 0x03,
  CMD_CFGI_STE_RANGE = 0x04,  // with Range 31 it is CMD_CFGI_ALL
  CMD_CFGI_CD = 0x05,
  CMD_CFGI_CD_ALL = 0x06,
  CMD_CFGI_VMS_PIDM = 0x07,
  CMD_TLBI_NH_ALL = 0x10,
  CMD_TLBI_NH_ASID = 0x11,
  CMD_TLBI_NH_VA = 0x12,
  CMD_TLBI_NH_VAA = 0x13,
  CMD_TLBI_EL2_ALL = 0x20,
  CMD_TLBI_EL2_ASID = 0x21,
  CMD_TLBI_EL2_VA = 0x22,
  CMD_TLBI_EL2_VAA = 0x23,
  CMD_TLBI_S12_VMALL = 0x28,
  CMD_TLBI_S2_IPA = 0x2A,
  CMD_TLBI_NSNH_ALL = 0x30,
  CMD_ATC_INV = 0x40,
  CMD_PRI_RESP = 0x41,
  CMD_RESUME = 0x44,
  CMD_STALL_TERM = 0x45,
  CMD_SYNC = 0x46,
  CMD_DPTI_ALL = 0x70,
  CMD_DPTI_PA = 0x73,
};

namespace cmd {

// Common to several commands (4.1.6).
inline constexpr Field Opcode{7, 0};
inline constexpr Field SSec{10, 10};
inline constexpr Field SSV{11, 11};
inline constexpr Field SSID{31, 12};
inline constexpr Field SID{63, 32};

namespace prefetch {  // 4.2.2
inline constexpr Field Size{68, 64};
inline constexpr Field Stride{73, 69};
inline constexpr Field Address{127, 76};
}  // namespace prefetch

namespace cfgi {  // 4.3
inline constexpr Field Leaf{64, 64};
inline constexpr Field Range{68, 64};
inline constexpr Field VMID{47, 32};  // CMD_CFGI_VMS_PIDM
inline constexpr u64 kRangeAll = 31;  // 4.3.6
}  // namespace cfgi

namespace tlbi {  // 4.4.1.1
inline constexpr Field NUM{16, 12};
inline constexpr Field SCALE{25, 20};  // bit 25 counts only when IDR5.DS is 1
inline constexpr Field VMID{47, 32};
inline constexpr Field ASID{63, 48};
inline constexpr Field Leaf{64, 64};
inline constexpr Field TTL128{71, 71};
inline constexpr Field TTL{73, 72};
inline constexpr Field TG{75, 74};
inline constexpr Field Address{127, 76};
inline constexpr Field IPA{119, 76};  // CMD_TLBI_S2_IPA: Address[55:12]
inline constexpr u64 kTgAny = 0b00, kTg4K = 0b01, kTg16K = 0b10, kTg64K = 0b11;
inline constexpr u64 kScaleMax = 39;
}  // namespace tlbi

namespace atc_inv {  // 4.5.1
inline constexpr Field Global{9, 9};
inline constexpr Field Size{69, 64};
inline constexpr Field Address{127, 76};
inline constexpr u64 kSizeAll = 52;
}  // namespace atc_inv

namespace pri_resp {  // 4.5.2
inline constexpr Field PRGIndex{72, 64};
inline constexpr Field Resp{77, 76};
}  // namespace pri_resp

namespace resume {  // 4.7.1
inline constexpr Field Ac{12, 12};
inline constexpr Field Ab{13, 13};
inline constexpr Field STAG{79, 64};
inline constexpr u64 kTerminate = 0, kRetry = 1;
}  // namespace resume

namespace sync {  // 4.7.3
inline constexpr Field CS{13, 12};
inline constexpr Field MSH{23, 22};
inline constexpr Field MSIAttr{27, 24};
inline constexpr Field MSIData{63, 32};
inline constexpr Field MSIAddress{119, 66};
}  // namespace sync

}  // namespace cmd

enum class Resp : u8 {
  kResponseFailure = 0b00,
  kInvalidRequest = 0b01,
  kSuccess = 0b10
};  // 4.5.2; 0b11 is ILLEGAL

enum class SyncSignal : u8 { kNone = 0b00, kIrq = 0b01, kSev = 0b10 };  // 4.7.3; 0b11 is ILLEGAL

// CMDQ_CONS.ERR (7.1).
enum class Cerror : u8 {
  CERROR_NONE = 0x00,
  CERROR_ILL = 0x01,
  CERROR_ABT = 0x02,
  CERROR_ATC_INV_SYNC = 0x03,
};

struct CommandInfo {
  Opcode opcode;
  const char* name;
  const char* section;
};

inline constexpr CommandInfo kCommands[] = {
    {Opcode::CMD_PREFETCH_CONFIG, "CMD_PREFETCH_CONFIG", "4.2.1"},
    {Opcode::CMD_PREFETCH_ADDR, "CMD_PREFETCH_ADDR", "4.2.2"},
    {Opcode::CMD_CFGI_STE, "CMD_CFGI_STE", "4.3.1"},
    {Opcode::CMD_CFGI_STE_RANGE, "CMD_CFGI_STE_RANGE", "4.3.2"},
    {Opcode::CMD_CFGI_CD, "CMD_CFGI_CD", "4.3.3"},
    {Opcode::CMD_CFGI_CD_ALL, "CMD_CFGI_CD_ALL", "4.3.4"},
    {Opcode::CMD_CFGI_VMS_PIDM, "CMD_CFGI_VMS_PIDM", "4.3.5"},
    {Opcode::CMD_TLBI_NH_ALL, "CMD_TLBI_NH_ALL", "4.4.2.1"},
    {Opcode::CMD_TLBI_NH_ASID, "CMD_TLBI_NH_ASID", "4.4.2.2"},
    {Opcode::CMD_TLBI_NH_VA, "CMD_TLBI_NH_VA", "4.4.2.4"},
    {Opcode::CMD_TLBI_NH_VAA, "CMD_TLBI_NH_VAA", "4.4.2.3"},
    {Opcode::CMD_TLBI_EL2_ALL, "CMD_TLBI_EL2_ALL", "4.4.2.7"},
    {Opcode::CMD_TLBI_EL2_ASID, "CMD_TLBI_EL2_ASID", "4.4.2.10"},
    {Opcode::CMD_TLBI_EL2_VA, "CMD_TLBI_EL2_VA", "4.4.2.8"},
    {Opcode::CMD_TLBI_EL2_VAA, "CMD_TLBI_EL2_VAA", "4.4.2.9"},
    {Opcode::CMD_TLBI_S12_VMALL, "CMD_TLBI_S12_VMALL", "4.4.3.2"},
    {Opcode::CMD_TLBI_S2_IPA, "CMD_TLBI_S2_IPA", "4.4.3.1"},
    {Opcode::CMD_TLBI_NSNH_ALL, "CMD_TLBI_NSNH_ALL", "4.4.4.1"},
    {Opcode::CMD_ATC_INV, "CMD_ATC_INV", "4.5.1"},
    {Opcode::CMD_PRI_RESP, "CMD_PRI_RESP", "4.5.2"},
    {Opcode::CMD_RESUME, "CMD_RESUME", "4.7.1"},
    {Opcode::CMD_STALL_TERM, "CMD_STALL_TERM", "4.7.2"},
    {Opcode::CMD_SYNC, "CMD_SYNC", "4.7.3"},
    {Opcode::CMD_DPTI_ALL, "CMD_DPTI_ALL", "4.6.1"},
    {Opcode::CMD_DPTI_PA, "CMD_DPTI_PA", "4.6.2"},
};

// Null for an opcode that is Reserved to the non-secure interface.
constexpr const CommandInfo* find_command(u64 opcode) {
  for (const CommandInfo& c : kCommands) {
    if (static_cast<u64>(c.opcode) == opcode) return &c;
  }
  return nullptr;
}

}  // namespace smmu_vp::spec

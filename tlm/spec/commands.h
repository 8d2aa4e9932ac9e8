// Command queue entries: opcodes, fields by absolute bit, and the error codes
// they can raise (chapter 4, 7.1).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 16 bytes, little-endian (4.1.1).
struct Command {
  std::array<u64, 2> w{};
  friend constexpr bool operator==(const Command&, const Command&) = default;
};

// Opcode::CMD_SYNC etc. Any other value of the opcode field is Reserved for this interface.
enum class Opcode : u8 {
#define COMMAND(name, opcode, section) name = opcode,
#define FIELD(parameter, ...)
#define END(name)
#include "tlm/spec/commands.def"
};

constexpr std::string_view to_string(Opcode opcode) {
  switch (opcode) {
#define COMMAND(name, opcode, section) \
  case Opcode::name:                   \
    return #name;
#define FIELD(parameter, ...)
#define END(name)
#include "tlm/spec/commands.def"
  }
  return "Reserved";
}

namespace cmd {

// Common to several commands (4.1.6).
inline constexpr Field Opcode{7, 0};
inline constexpr Field SSec{10, 10};  // must be zero on the non-secure queue
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
inline constexpr Field VMID{47, 32};
inline constexpr u64 kRangeAll = 31;  // makes CMD_CFGI_STE_RANGE a CMD_CFGI_ALL (4.3.6)
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
inline constexpr Field IPA{119, 76};  // Address[55:12] of CMD_TLBI_S2_IPA
inline constexpr u64 kTgAny = 0b00, kTg4K = 0b01, kTg16K = 0b10, kTg64K = 0b11;
inline constexpr u64 kScaleMax = 39;  // greater values are treated as this
}  // namespace tlbi

namespace atc_inv {  // 4.5.1
inline constexpr Field Global{9, 9};
inline constexpr Field Size{69, 64};  // 4096 bytes << Size
inline constexpr Field Address{127, 76};
inline constexpr u64 kSizeAll = 52;
}  // namespace atc_inv

namespace pri_resp {  // 4.5.2
inline constexpr Field PRGIndex{72, 64};
inline constexpr Field Resp{77, 76};  // spec::Resp
}  // namespace pri_resp

namespace resume {  // 4.7.1
inline constexpr Field Ac{12, 12};
inline constexpr Field Ab{13, 13};
inline constexpr Field STAG{79, 64};
inline constexpr u64 kTerminate = 0, kRetry = 1;  // Ac
}  // namespace resume

namespace sync {                    // 4.7.3
inline constexpr Field CS{13, 12};  // spec::SyncSignal
inline constexpr Field MSH{23, 22};
inline constexpr Field MSIAttr{27, 24};
inline constexpr Field MSIData{63, 32};
inline constexpr Field MSIAddress{119, 66};
}  // namespace sync

namespace dpti {  // 4.6.2
inline constexpr Field Leaf{64, 64};
inline constexpr Field SIZE{75, 72};
inline constexpr Field Address{119, 76};
}  // namespace dpti

// Each command's fields, opcode first.
namespace fields {
// clang-format off
#define COMMAND(name, opcode, section) inline constexpr NamedField name[] = {{"Opcode", Opcode},
#define FIELD(parameter, field, ...) {#parameter, field __VA_OPT__(, FieldKind::__VA_ARGS__)},
#define END(name) };
// clang-format on
#include "tlm/spec/commands.def"
}  // namespace fields

}  // namespace cmd

// CMD_PRI_RESP.Resp (4.5.2); 0b11 is ILLEGAL.
enum class Resp : u8 { kResponseFailure = 0b00, kInvalidRequest = 0b01, kSuccess = 0b10 };

constexpr std::string_view to_string(Resp response) {
  switch (response) {
    case Resp::kResponseFailure:
      return "Response Failure";
    case Resp::kInvalidRequest:
      return "Invalid Request";
    case Resp::kSuccess:
      return "Success";
  }
  return "reserved";
}

// How a stalled transaction ends: retried, aborted, or completed as RAZ/WI (CMD_RESUME's Ac and Ab, 4.7.1).
enum class StallAction : u8 { kRetry, kAbort, kRazWi };

constexpr std::string_view to_string(StallAction action) {
  switch (action) {
    case StallAction::kRetry:
      return "retry";
    case StallAction::kAbort:
      return "abort";
    case StallAction::kRazWi:
      return "terminate";
  }
  return "?";
}

// CMD_SYNC.CS (4.7.3); 0b11 is ILLEGAL.
enum class SyncSignal : u8 { kNone = 0b00, kIrq = 0b01, kSev = 0b10 };

// CMDQ_CONS.ERR (7.1).
enum class Cerror : u8 {
  CERROR_NONE = 0x00,
  CERROR_ILL = 0x01,
  CERROR_ABT = 0x02,
  CERROR_ATC_INV_SYNC = 0x03,
};

constexpr std::string_view to_string(Cerror error) {
  switch (error) {
    case Cerror::CERROR_NONE:
      return "CERROR_NONE";
    case Cerror::CERROR_ILL:
      return "CERROR_ILL";
    case Cerror::CERROR_ABT:
      return "CERROR_ABT";
    case Cerror::CERROR_ATC_INV_SYNC:
      return "CERROR_ATC_INV_SYNC";
  }
  return "?";
}

constexpr Opcode opcode_of(const Command& command) {
  return static_cast<Opcode>(cmd::Opcode.get(command.w));
}
// The commands of 4.4.
constexpr bool is_tlbi(Opcode opcode) {
  return to_string(opcode).starts_with("CMD_TLBI_");
}

struct CommandInfo {
  Opcode opcode;
  const char* name;
  const char* section;
  std::span<const NamedField> fields;

  constexpr const NamedField* field(FieldKind kind) const { return find_field(fields, kind); }
};

// In opcode order.
inline constexpr CommandInfo kCommands[] = {
#define COMMAND(name, opcode, section) {Opcode::name, #name, section, cmd::fields::name},
#define FIELD(parameter, ...)
#define END(name)
#include "tlm/spec/commands.def"
};

// Null for an opcode that is Reserved for the non-secure interface.
constexpr const CommandInfo* find_command(u64 opcode) {
  for (const CommandInfo& c : kCommands) {
    if (static_cast<u64>(c.opcode) == opcode) return &c;
  }
  return nullptr;
}

}  // namespace smmu_vp::spec

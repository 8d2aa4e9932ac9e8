// The configuration of a StreamID and SubstreamID: STE and CD, checked and unpacked into what translation
// needs, or the fault met while fetching them.
#pragma once

#include <array>
#include <bit>
#include <optional>

#include "tlm/core/fault.h"
#include "tlm/core/translation_cache.h"
#include "tlm/spec/memory_type.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::core {

// Overrides of incoming attributes, from an STE or from GBPA, which has fields of the same names (13.1.4).
struct AttributeOverrides {
  bool type = false;  // MTCFG: mem_attr replaces the type
  u8 mem_attr = 0;
  u8 alloccfg = 0;
  u8 shcfg = spec::ste::kShcfgIncoming;
  // As one word, as every access asks whether there are any.
  constexpr bool operator==(const AttributeOverrides& other) const {
    return std::bit_cast<u32>(*this) == std::bit_cast<u32>(other);
  }
};

// Stage 2 of a valid STE with Config 0b11x (5.2).
struct Stage2 {
  u64 base = 0;
  u16 vmid = 0;
  Granule granule = Granule::k4K;
  u8 input_bits = 48;                                             // 64 - S2T0SZ
  int start_level = 0;                                            // S2SL0
  u8 output_bits = 48;                                            // effective S2PS
  bool exec_by_privilege = true;                                  // IDR3.XNX
  bool access_flag_ignored = false;                               // S2AFFD
  bool walks_protected = false;                                   // S2PTW
  bool updates_access_flag = false, updates_dirty_state = false;  // S2HA, S2HD
  bool forces_attributes = false;                                 // S2FWB
  spec::MemoryType table_type{};                                  // S2IR0, S2OR0, S2SH0
  FaultModel fault_model{};
  bool operator==(const Stage2&) const = default;
};

// The fields of a valid STE (5.2).
struct StreamConfig {
  enum class Path : u8 { kAbort, kBypass, kStage1 };  // STE.Config, without stage 2
  Path path = Path::kAbort;
  bool stage2 = false;
  World world = World::kNsEl1;  // StreamWorld
  u16 vmid = 0;                 // 0 in worlds without VMIDs
  u8 eats = 0;                  // effective: 0 also where the encoding is Reserved or ignored
  u8 privcfg = 0, instcfg = 0;
  AttributeOverrides overrides{};
  bool ppar = false;
  bool mev = false;  // events of terminated transactions may be merged
  bool s1stalld = false;
  u8 s1fmt = 0, s1dss = 0, s1cdmax = 0;
  u64 s1_context_ptr = 0;           // an IPA under stage 2
  spec::MemoryType context_type{};  // S1CIR, S1COR, S1CSH
  Stage2 s2{};
  bool operator==(const StreamConfig&) const = default;
};

// One of a CD's two translation tables (5.4).
struct TranslationTable {
  u64 base = 0;
  Granule granule = Granule::k4K;
  u8 input_bits = 48;                // 64 - TxSZ
  bool walk_disabled = false;        // EPDx
  bool top_byte_ignored = false;     // TBIx
  bool hierarchy_ignored = false;    // HADx
  bool unprivileged_denied = false;  // E0PDx
  spec::MemoryType type{};           // IRx, ORx, SHx
  bool operator==(const TranslationTable&) const = default;
};

// The fields of a valid CD, reached through a valid STE.
struct Context {
  World world = World::kNsEl1;
  u16 vmid = 0;
  u16 asid = 0;
  u8 output_bits = 48;                                            // effective IPS
  bool access_flag_ignored = false;                               // AFFD
  bool updates_access_flag = false, updates_dirty_state = false;  // HA, HD
  bool wxn = false, pan = false;
  FaultModel fault_model;
  u64 mair = 0;
  std::array<TranslationTable, 2> tables;
  bool operator==(const Context&) const = default;
};

struct Configuration {
  std::optional<Fault> fault;
  bool stream_valid = false;  // `stream` is valid, even if fetching the CD then faulted
  bool stage1 = false;        // translate through `context`; otherwise bypass or abort, by `stream.path`
  bool translates() const { return stage1 || stream.stage2; }
  // The fault model that governs the response to `met` (5.5).
  const FaultModel& model(const Fault& met) const {
    return met.s2 ? stream.s2.fault_model : context.fault_model;
  }
  StreamConfig stream;
  Context context;
  bool operator==(const Configuration&) const = default;
};

// Smaller encodings leave the incoming attribute (5.2 PRIVCFG, INSTCFG).
inline bool overrides_intent(const StreamConfig& stream) {
  return stream.privcfg >= spec::ste::kPrivcfgUnprivileged || stream.instcfg >= spec::ste::kInstcfgData;
}
// Privilege and instruction attributes after STE overrides (13.7, IDR1.ATTR_PERMS_OVR is 1).
inline bool overridden_priv(const StreamConfig& stream, bool incoming) {
  if (stream.privcfg == spec::ste::kPrivcfgUnprivileged) return false;
  return incoming || stream.privcfg == spec::ste::kPrivcfgPrivileged;
}
inline bool overridden_exec(const StreamConfig& stream, bool incoming) {
  if (stream.instcfg == spec::ste::kInstcfgData) return false;
  return incoming || stream.instcfg == spec::ste::kInstcfgInstruction;
}

}  // namespace smmu_vp::core

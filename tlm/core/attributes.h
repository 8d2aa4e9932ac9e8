// Memory types and shareability: what stages and overrides make of them (13.1, D8.6).
#pragma once

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

// `attributes` is encoded as a byte of MAIR, `shareability` as SH[1:0].
struct MemoryType {
  u8 attributes = 0xFF;  // what is not supplied: Normal Write-Back, allocating, Non-shareable (13.1.3)
  u8 shareability = 0;
  bool operator==(const MemoryType&) const = default;
};

// Attr<n> of the CD's MAIR fields: what VMSAv8-64 leaves UNPREDICTABLE is settled here (5.4 MAIR0).
u8 mair_attributes(u64 mair, u64 index);

// Of a stage 2 descriptor.
struct Stage2Type {
  u8 mem_attr = 0xF;  // MemAttr[3:0]
  u8 shareability = 0;
  bool forces = false;  // S2FWB
};

// Stage 1's type, or the incoming one, through stage 2 (D8.6.5, D8.6.6, D8.6.7.1).
MemoryType combined(const MemoryType& input, const Stage2Type& stage2);

// The incoming type after the overrides of an STE or of GBPA (13.1.4).
MemoryType overridden(const MemoryType& input, const AttributeOverrides& overrides);

// Stage 1's type replaces the incoming one but for its allocation hints, which combine (13.4.2).
MemoryType with_hints_of(const MemoryType& stage1, const MemoryType& input);

// No inconsistent combination leaves the SMMU (13.1.7).
MemoryType consistent(const MemoryType& type);

}  // namespace smmu_vp::core

// Memory types and shareability, and how stages and overrides change them (13.1, D8.6).
#pragma once

#include "tlm/core/configuration.h"
#include "tlm/spec/memory_type.h"

namespace smmu_vp::core {

using spec::MemoryType;

// Attr<n> of the CD's MAIR fields. Encodings that are UNPREDICTABLE in VMSAv8-64 get
// a fixed meaning (5.4 MAIR0).
u8 mair_attributes(u64 mair, u64 index);

// The memory type fields of a stage 2 descriptor.
struct Stage2Type {
  u8 mem_attr = 0xF;  // MemAttr[3:0]
  u8 shareability = 0;
  bool forces = false;  // S2FWB
};

// Combines the type that stage 1 (or the transaction) gives with stage 2's (D8.6.5, D8.6.6, D8.6.7.1).
MemoryType combined(const MemoryType& input, const Stage2Type& stage2);

// The incoming type after the overrides of an STE or of GBPA (13.1.4).
MemoryType overridden(const MemoryType& input, const AttributeOverrides& overrides);

// The type at the first stage (13.4). What devices and root ports supply unless told otherwise is consistent, and nearly
// always nobody overrides it.
inline MemoryType input_type(const MemoryType& supplied, const AttributeOverrides& overrides) {
  const bool usual = supplied == MemoryType{} || supplied == spec::kPcieMemoryType;
  return usual && overrides == AttributeOverrides{} ? supplied : overridden(supplied, overrides);
}

// Stage 1's type replaces the incoming one, except that their allocation hints combine (13.4.2).
MemoryType with_hints_of(const MemoryType& stage1, const MemoryType& input);

// Makes an inconsistent combination consistent; none may leave the SMMU (13.1.7).
MemoryType consistent(const MemoryType& type);

}  // namespace smmu_vp::core

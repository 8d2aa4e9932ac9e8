// Each field's encoding as a half of a MAIR byte; attributes.cpp makes the whole consistent.
#include "tlm/core/own_attributes.h"

#include <array>

#include "tlm/core/attributes.h"

namespace smmu_vp::core {

namespace {

// Halves of a MAIR byte by the value of a 2-bit field.
using Halves = std::array<u8, 4>;

constexpr u8 kNonCacheable = 0b0100, kReadWriteAllocate = 0b0011, kReadAllocate = 0b0010;
constexpr u8 kWriteBack = 0b1100, kWriteThrough = 0b1000;

// 5.4 IR0, 5.2 S2IR0
constexpr Halves kTableWalk = {kNonCacheable, kWriteBack | kReadWriteAllocate, kWriteThrough | kReadAllocate,
                               kWriteBack | kReadAllocate};
// 5.2 S1CIR: CDs are only read, so write allocation says nothing.
constexpr Halves kContext = {kNonCacheable, kWriteBack | kReadAllocate, kWriteThrough | kReadAllocate,
                             kWriteBack};

spec::MemoryType joined(const Halves& halves, const RegionFields& fields) {
  const auto attributes = static_cast<u8>(halves[fields.outer] << 4 | halves[fields.inner]);
  return consistent({attributes, static_cast<u8>(fields.sh)});
}

// CR1's cacheability has its allocation hint in a base register, for the one direction of its accesses. 0b11 is
// Reserved and treated as 0b00 (6.3.11).
spec::MemoryType hinted(const RegionFields& fields, bool allocates) {
  const u8 hint = allocates ? kReadWriteAllocate : 0;
  const auto half = [hint](u8 cached) { return static_cast<u8>(cached | hint); };
  return joined({kNonCacheable, half(kWriteBack), half(kWriteThrough), kNonCacheable}, fields);
}

}  // namespace

spec::MemoryType table_walk_type(const RegionFields& fields) {
  return joined(kTableWalk, fields);
}

spec::MemoryType context_type(const RegionFields& fields) {
  return joined(kContext, fields);
}

spec::MemoryType stream_table_type(const RegisterFile& registers) {
  const u32 cr1 = registers.word(spec::offset::CR1);
  return hinted({.inner = spec::CR1::TABLE_IC.get(cr1),
                 .outer = spec::CR1::TABLE_OC.get(cr1),
                 .sh = spec::CR1::TABLE_SH.get(cr1)},
                spec::STRTAB_BASE::RA.get(registers.dword(spec::offset::STRTAB_BASE)) != 0);
}

spec::MemoryType queue_type(const RegisterFile& registers, u32 base_offset) {
  // RA of CMDQ_BASE and WA of the other two are the same bit.
  static_assert(spec::CMDQ_BASE::RA.lo == spec::EVENTQ_BASE::WA.lo &&
                spec::CMDQ_BASE::RA.lo == spec::PRIQ_BASE::WA.lo);
  const u32 cr1 = registers.word(spec::offset::CR1);
  return hinted({.inner = spec::CR1::QUEUE_IC.get(cr1),
                 .outer = spec::CR1::QUEUE_OC.get(cr1),
                 .sh = spec::CR1::QUEUE_SH.get(cr1)},
                spec::CMDQ_BASE::RA.get(registers.dword(base_offset)) != 0);
}

// SH 0b01 is Reserved and Non-shareable, as is the default that it leaves in place (4.7.3).
spec::MemoryType msi_type(const MsiFields& configured) {
  return overridden({}, {.type = true,
                         .mem_attr = static_cast<u8>(configured.mem_attr),
                         .shcfg = static_cast<u8>(configured.sh)});
}

}  // namespace smmu_vp::core

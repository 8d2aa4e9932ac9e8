// The non-secure programming interface: register offsets, fields and the table of all registers (chapter 6).
//
// spec::offset::CR0 is an offset from the SMMU's base address (page 1 starts at 0x10000);
// spec::CR0::SMMUEN is a Field; spec::kRegisters lists everything for documents, decoding and wave filters.
// All reset values that 6.3 defines for writable fields are zero; the others are UNKNOWN or IMPLEMENTATION
// DEFINED.
#pragma once

#include <array>
#include <span>

#include "tlm/spec/field.h"

// <termios.h> defines three architectural names as macros.
#undef CR0
#undef CR1
#undef CR2

namespace smmu_vp::spec {

inline constexpr u32 kPage0 = 0x00000;     // 6.1
inline constexpr u32 kPage1 = 0x10000;     // 6.1
inline constexpr u32 kPageSize = 0x10000;  // 6.1

// Offsets: spec::offset::NAME.
namespace offset {
#define REGISTER(name, offset_, width, access, section, guard) inline constexpr u32 name = offset_;
#define FIELD(name, hi, lo)
#define END(name)
#include "tlm/spec/registers.def"
}  // namespace offset

// Fields: spec::NAME::FIELD, and spec::NAME::kFields with their names.
#define REGISTER(name, offset_, width, access, section, guard) namespace name {
#define FIELD(name, hi, lo) inline constexpr Field name{hi, lo};
#define END(name) }
#include "tlm/spec/registers.def"

// clang-format off
#define REGISTER(name, offset_, width, access, section, guard) \
  namespace name { inline constexpr NamedField kFields[] = {
#define FIELD(name, hi, lo) {#name, name},
#define END(name) }; }
// clang-format on
#include "tlm/spec/registers.def"

// A register that software may change only while a bit and its acknowledgement are clear (6.2, "Guarded").
// The accesses that registers take (6.2), in bytes.
enum class RegisterSize : u8 { k32 = 4, k64 = 8 };

constexpr RegisterSize size_of(unsigned width) {
  return static_cast<RegisterSize>(width / 8);
}

struct Guard {
  u32 offset, ack_offset;
  Field field;
};

enum class GuardedBy : u8 {
  kNone,
  kSmmuEn,
  kCmdqEn,
  kEventqEn,
  kPriqEn,
  kDptWalkEn,
  kGerrorIrqEn,
  kEventqIrqEn,
  kPriqIrqEn,
  kGbpaUpdate,
  kGmpamUpdate,
  kGbpmpamUpdate,
  kGatosRun,
};

// Indexed by GuardedBy minus one. Update and RUN flags are their own acknowledgement.
inline constexpr Guard kGuards[] = {
    {offset::CR0, offset::CR0ACK, CR0::SMMUEN},
    {offset::CR0, offset::CR0ACK, CR0::CMDQEN},
    {offset::CR0, offset::CR0ACK, CR0::EVENTQEN},
    {offset::CR0, offset::CR0ACK, CR0::PRIQEN},
    {offset::CR0, offset::CR0ACK, CR0::DPT_WALK_EN},
    {offset::IRQ_CTRL, offset::IRQ_CTRLACK, IRQ_CTRL::GERROR_IRQEN},
    {offset::IRQ_CTRL, offset::IRQ_CTRLACK, IRQ_CTRL::EVENTQ_IRQEN},
    {offset::IRQ_CTRL, offset::IRQ_CTRLACK, IRQ_CTRL::PRIQ_IRQEN},
    {offset::GBPA, offset::GBPA, GBPA::Update},
    {offset::GMPAM, offset::GMPAM, GMPAM::Update},
    {offset::GBPMPAM, offset::GBPMPAM, GBPMPAM::Update},
    {offset::GATOS_CTRL, offset::GATOS_CTRL, GATOS_CTRL::RUN},
};

enum class RegisterAccess : u8 { kRO, kRW, kWO };
constexpr const char* to_string(RegisterAccess access) {
  switch (access) {
    case RegisterAccess::kRO:
      return "RO";
    case RegisterAccess::kRW:
      return "RW";
    case RegisterAccess::kWO:
      return "WO";
  }
  return "";
}

// What the bits of a written value do.
enum class WriteEffect : u8 { kReplace, kOneSets, kOneClears };

struct Register {
  const char* name;  // without the SMMU_ prefix
  u32 offset;
  unsigned width;  // in bits: 32 or 64
  RegisterAccess access;
  const char* section;
  GuardedBy guarded_by;
  std::span<const NamedField> fields;

  // The defined bits; the others are RES0 (6.2).
  constexpr u64 defined() const {
    u64 bits = 0;
    for (const NamedField& f : fields) bits |= f.field.mask();
    return bits;
  }
  // The guard that must be clear before a write takes effect; null if there is none.
  constexpr const Guard* guard() const {
    return guarded_by == GuardedBy::kNone ? nullptr : &kGuards[static_cast<unsigned>(guarded_by) - 1];
  }
};

// In offset order.
inline constexpr Register kRegisters[] = {
#define REGISTER(name, offset_, width, access, section, guard) \
  {#name, offset_, width, RegisterAccess::access, section, GuardedBy::guard, name::kFields},
#define FIELD(name, hi, lo)
#define END(name)
#include "tlm/spec/registers.def"
};

// The register at or containing this offset (the upper half of a 64-bit register
// is part of it); null if none.
constexpr const Register* find_register(u32 offset) {
  for (const Register& r : kRegisters) {
    if (offset >= r.offset && offset < r.offset + r.width / 8) return &r;
  }
  return nullptr;
}

// Command queue control pages, 6.3.49: the three registers of page 0 repeat.
inline constexpr unsigned kCmdqControlPages = 256;
inline constexpr u32 kCmdqControlPageStride = 32;

// Base of the optional pages' offsets (6.1).
inline constexpr u32 kOptionalPages = 0x20000;

// Identification space (6.3.170): CoreSight component and peripheral IDs, one byte in each word.
inline constexpr u32 kIdRegs = 0x00FD0;
inline constexpr u32 kIdRegsEnd = 0x01000;
inline constexpr u32 kCIDR0 = 0x00FF0;
inline constexpr std::array<u8, 4> kCIDR = {0x0D, 0xF0, 0x05, 0xB1};

// Encodings of register fields that both sides of the interface use.
inline constexpr u64 kStLevelLinear = 0b00, kStLevelTwo = 0b01;                                     // 6.3.1
inline constexpr u64 kStallModelBoth = 0b00, kStallModelNone = 0b01, kStallModelForced = 0b10;      // 6.3.1
inline constexpr u64 kTermModelConfigurable = 0, kTermModelAbortOnly = 1;                           // 6.3.1
inline constexpr u64 kTtendianMixed = 0b00, kTtendianLittle = 0b10, kTtendianBig = 0b11;            // 6.3.1
inline constexpr u64 kHttuNone = 0b00, kHttuAccess = 0b01, kHttuAccessDirty = 0b10;                 // 6.3.1
inline constexpr u64 kTtfVmsav8_64 = 0b10;                                                          // 6.3.1
inline constexpr u64 kVax48 = 0b00, kVax52 = 0b01;                                                  // 6.3.6
inline constexpr u64 kStrtabLinear = 0b00, kStrtabTwoLevel = 0b01;                                  // 6.3.25
inline constexpr u64 kShNonShareable = 0b00, kShOuter = 0b10, kShInner = 0b11;                      // 6.3.11
inline constexpr u64 kCacheNonCacheable = 0b00, kCacheWriteBack = 0b01, kCacheWriteThrough = 0b10;  // 6.3.11

}  // namespace smmu_vp::spec

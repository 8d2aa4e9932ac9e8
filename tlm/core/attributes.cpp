// A memory type is the outer and inner half of a MAIR byte. The byte 0b0000dd00 is Device, the half 0b0100 is
// Non-cacheable. In any other half the high bits are {non-transient, write-back}, the low bits the read and
// write allocation.
#include "tlm/core/attributes.h"

#include <algorithm>

namespace smmu_vp::core {

namespace {

enum class Cacheability : u8 { kNone = 1, kWriteThrough = 2, kWriteBack = 3 };  // encoded as in MemAttr

constexpr u8 kNonShareable = 0b00, kOuterShareable = 0b10, kInnerShareable = 0b11;
constexpr u8 kNonCacheable = 0b0100, kAllocating = 0b1011, kHints = 0b1011, kAllocate = 0b0011,
             kNonTransient = 0b1000, kWriteBackBit = 0b0100;
constexpr u8 kNormalNonCacheable = 0x44;

bool device(u8 attributes) {
  return (attributes & 0xF0) == 0;
}

Cacheability of(u8 half) {
  if (half == kNonCacheable) return Cacheability::kNone;
  return (half & kWriteBackBit) != 0 ? Cacheability::kWriteBack : Cacheability::kWriteThrough;
}

bool cacheable(u8 half) {
  return of(half) != Cacheability::kNone;
}

// Allocation hints come from `hints_of`; if that is Non-cacheable, from the default input type (13.1.4).
u8 half_of(Cacheability c, u8 hints_of) {
  if (c == Cacheability::kNone) return kNonCacheable;
  const u8 hints = cacheable(hints_of) ? hints_of & kHints : kAllocating;
  // Transient without any allocation has no encoding: those bits mean another type (13.1.7).
  return static_cast<u8>(hints | ((hints & kAllocate) == 0 ? kNonTransient : 0) |
                         (c == Cacheability::kWriteBack ? kWriteBackBit : 0));
}

struct Halves {
  u8 outer, inner;
};
// A byte with a zero low half means the same as one with equal halves, except for Tagged and XS.
Halves halves(u8 attributes) {
  const u8 outer = attributes >> 4, inner = attributes & 0xF;
  return {outer, inner != 0 ? inner : outer};
}
u8 joined(u8 outer, u8 inner) {
  return static_cast<u8>(outer << 4 | inner);
}

u8 device_type(u8 dd) {
  return static_cast<u8>((dd & 3) << 2);
}

u8 stronger_share(u8 a, u8 b) {
  if (a == kOuterShareable || b == kOuterShareable) return kOuterShareable;
  return a == kInnerShareable || b == kInnerShareable ? kInnerShareable : kNonShareable;
}

// MemAttr without FWB; the hints come from the input type. Reserved encodings are
// Device-nGnRnE (5.2 MemAttr).
u8 type_of(u8 mem_attr, const Halves& hints) {
  const u8 outer = mem_attr >> 2 & 3, inner = mem_attr & 3;
  if (outer == 0) return device_type(inner);
  if (inner == 0) return device_type(0);
  return joined(half_of(static_cast<Cacheability>(outer), hints.outer),
                half_of(static_cast<Cacheability>(inner), hints.inner));
}

u8 combined_types(u8 input, u8 stage2) {
  if (device(input) || device(stage2)) {
    const u8 a = device(input) ? input : device_type(3), b = device(stage2) ? stage2 : device_type(3);
    return std::min(a, b);
  }
  const Halves in = halves(input), over = halves(stage2);
  return joined(half_of(std::min(of(in.outer), of(over.outer)), in.outer),
                half_of(std::min(of(in.inner), of(over.inner)), in.inner));
}

// Table D8-101: MemAttr[2:0] with FWB.
u8 forced_type(u8 input, u8 mem_attr) {
  const Halves in = device(input) ? Halves{kNonCacheable, kNonCacheable} : halves(input);
  switch (mem_attr & 7) {
    case 0b101:
      return device(input) ? input : kNormalNonCacheable;
    case 0b110:
      return joined(half_of(Cacheability::kWriteBack, in.outer), half_of(Cacheability::kWriteBack, in.inner));
    case 0b111:
      return input;
    case 0b100:  // Reserved
      return device_type(0);
    default:
      return combined_types(input, device_type(mem_attr & 3));
  }
}

// No-allocate overrides allocate, and transient overrides non-transient (13.1.5).
u8 combined_hints(u8 half, u8 input) {
  if (!cacheable(half) || !cacheable(input)) return half;
  const u8 hints = half & input & kHints;
  return static_cast<u8>(hints | ((hints & kAllocate) == 0 ? kNonTransient : 0) | (half & kWriteBackBit));
}

u8 allocation(u8 half, const AttributeOverrides& o) {
  if (!cacheable(half)) return half;
  const bool read = (o.alloccfg & 0b100) != 0, write = (o.alloccfg & 0b010) != 0;
  const bool transient = (o.alloccfg & 0b001) != 0 && (read || write);
  return static_cast<u8>((half & kWriteBackBit) | (transient ? 0 : kNonTransient) | (read ? 0b10 : 0) |
                         (write ? 0b01 : 0));
}

}  // namespace

u8 mair_attributes(u64 mair, u64 index) {
  const auto attr = static_cast<u8>(mair >> (8 * index));
  if (device(attr)) return device_type(attr >> 2);
  return (attr & 0xF) != 0 ? attr : attr | kAllocate;  // inner Write-Through, transient, allocating
}

MemoryType combined(const MemoryType& input, const Stage2Type& stage2) {
  const u8 type = stage2.forces ? forced_type(input.attributes, stage2.mem_attr)
                                : combined_types(input.attributes, type_of(stage2.mem_attr, {0xF, 0xF}));
  return consistent({type, stronger_share(input.shareability, stage2.shareability)});
}

MemoryType overridden(const MemoryType& input, const AttributeOverrides& o) {
  MemoryType out = input;
  if (o.type) {
    const Halves hints =
        device(input.attributes) ? Halves{kNonCacheable, kNonCacheable} : halves(input.attributes);
    out.attributes = type_of(o.mem_attr, hints);
  }
  if ((o.alloccfg & 0b1000) != 0 && !device(out.attributes)) {
    const Halves h = halves(out.attributes);
    out.attributes = joined(allocation(h.outer, o), allocation(h.inner, o));
  }
  if (o.shcfg != spec::ste::kShcfgIncoming) out.shareability = o.shcfg;
  return consistent(out);
}

MemoryType with_hints_of(const MemoryType& stage1, const MemoryType& input) {
  MemoryType out = stage1;
  if (!device(stage1.attributes) && !device(input.attributes)) {
    const Halves h = halves(stage1.attributes), in = halves(input.attributes);
    out.attributes = joined(combined_hints(h.outer, in.outer), combined_hints(h.inner, in.inner));
  }
  return consistent(out);
}

MemoryType consistent(const MemoryType& type) {
  if (device(type.attributes)) return {type.attributes, kOuterShareable};
  Halves h = halves(type.attributes);
  const auto settled = [](u8 half) {
    return cacheable(half) && (half & kAllocate) == 0 ? static_cast<u8>(half | kNonTransient) : half;
  };
  h = {settled(h.outer), settled(h.inner)};
  const u8 attributes = joined(h.outer, h.inner);
  if (attributes == kNormalNonCacheable) return {attributes, kOuterShareable};
  return {attributes, stronger_share(type.shareability, kNonShareable)};
}

}  // namespace smmu_vp::core

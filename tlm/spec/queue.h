// Circular queues: entry sizes and the arithmetic of PROD and CONS words (3.5.1, 7.4, 8.1).
#pragma once

#include <string_view>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

enum class QueueKind : u8 { kCmdq, kEventq, kPriq };

constexpr std::string_view to_string(QueueKind queue) {
  switch (queue) {
    case QueueKind::kCmdq:
      return "CMDQ";
    case QueueKind::kEventq:
      return "EVENTQ";
    case QueueKind::kPriq:
      return "PRIQ";
  }
  return "?";
}

}  // namespace smmu_vp::spec

namespace smmu_vp::spec::queue {

inline constexpr unsigned kCommandBytes = 16;      // 4.1.1
inline constexpr unsigned kEventBytes = 32;        // 7.3
inline constexpr unsigned kPageRequestBytes = 16;  // 8
inline constexpr unsigned kMaxLog2Size = 19;       // 3.5.1

// OVFLG of an output queue's PROD, OVACKFLG of its CONS (6.3.95, 6.3.96).
inline constexpr u32 kOverflow = u32{1} << 31;

// In all of these, log2size is the queue's LOG2SIZE; bits above the wrap flag are ignored.
constexpr u32 index(u32 word, unsigned log2size) {
  return word & ((u32{1} << log2size) - 1);
}
constexpr bool wrap(u32 word, unsigned log2size) {
  return (word >> log2size & 1) != 0;
}
// Index and wrap flag together: the part of the word that moves.
constexpr u32 position(u32 word, unsigned log2size) {
  return word & ((u32{2} << log2size) - 1);
}

constexpr bool empty(u32 prod, u32 cons, unsigned log2size) {
  return position(prod, log2size) == position(cons, log2size);
}
constexpr bool full(u32 prod, u32 cons, unsigned log2size) {
  return index(prod, log2size) == index(cons, log2size) && wrap(prod, log2size) != wrap(cons, log2size);
}
// Entries between CONS and PROD; a value above the queue size means that the pair is inconsistent (3.5.1).
constexpr u32 used(u32 prod, u32 cons, unsigned log2size) {
  return position(prod - cons, log2size);
}
constexpr bool consistent(u32 prod, u32 cons, unsigned log2size) {
  return used(prod, cons, log2size) <= u32{1} << log2size;
}
// Zero while the pair is inconsistent: 3.5.1 lets a producer treat such a queue as full.
constexpr u32 space(u32 prod, u32 cons, unsigned log2size) {
  return consistent(prod, cons, log2size) ? (u32{1} << log2size) - used(prod, cons, log2size) : 0;
}

// The word advanced by n entries; everything above the wrap flag except the overflow flag becomes zero.
constexpr u32 advance(u32 word, unsigned log2size, u32 n = 1) {
  return (word & kOverflow) | position(position(word, log2size) + n, log2size);
}

// An overflow that software has not acknowledged yet (7.4, 8.1).
constexpr bool overflowed(u32 prod, u32 cons) {
  return ((prod ^ cons) & kOverflow) != 0;
}

// Address of the entry at a PROD or CONS word. The base, ADDR in place, is aligned to the queue's size, and
// to at least 32 bytes (6.3.26).
constexpr u64 entry_address(u64 base, u32 word, unsigned log2size, unsigned entry_bytes) {
  u64 size = u64{entry_bytes} << log2size;
  u64 aligned = base & ~((size > 32 ? size : 32) - 1);
  return aligned + u64{index(word, log2size)} * entry_bytes;
}

}  // namespace smmu_vp::spec::queue

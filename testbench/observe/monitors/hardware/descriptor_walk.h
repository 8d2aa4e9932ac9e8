// A walk of VMSAv8-64 tables as monitors make it: through memory as it is, or as the hardware read it; without time,
// and without a fault (D8.2, D8.3, D8.5).
#pragma once

#include <vector>

#include "testbench/observe/monitors/hardware/descriptor_regime.h"
#include "testbench/observe/monitors/memory_view.h"

namespace smmu_vp::tb {

// What a translation grants, one bit each.
namespace rights {
inline constexpr u8 kUserRead = 1, kUserWrite = 2, kUserExecute = 4;
inline constexpr u8 kPrivRead = 8, kPrivWrite = 16, kPrivExecute = 32;
inline constexpr u8 kReads = kUserRead | kPrivRead, kWrites = kUserWrite | kPrivWrite,
                    kExecutes = kUserExecute | kPrivExecute, kAll = 63;
}  // namespace rights

// A descriptor on the way, with the value it had.
struct Link {
  u64 pa, value;
  u8 stage;  // 1 or 2
  bool leaf;
  int level;
};

// What a walk found.
struct Outcome {
  bool valid = false;
  u64 output = 0;  // where the address goes: physical, or an IPA when asked for stage 1's
  u8 log2_size = 0,
     leaf_log2_size = 0;           // of both stages together, and of stage 1's leaf (or stage 2's alone)
  int leaf_level = 0;              // of the same leaf
  Granule granule = Granule::k4K;  // of its table
  u8 rights = 0;
  u8 memory_type = 0;        // the MAIR byte, or MemAttr of stage 2 alone
  bool global = false;       // nG is 0
  bool no_conflict = false;  // a Block descriptor with nT set (3.21.1.2)
  bool contiguous = false;   // the leaf is one of a contiguous group
  bool clean = false;        // writable once hardware has marked it dirty (D8.5.6)
  std::vector<Link> links;   // in the order they were read
  std::vector<u64> ipas;     // that stage 2 translated for stage 1: of its descriptors, and its output
};

// Of a canonical VA, or of an IPA where the regime has stage 2 alone. `to_ipa` stops after stage 1.
struct WalkAsked {
  u64 address;
  bool to_ipa = false;
};
void walk(const Regime& regime, const WalkAsked& asked, const MemoryView& memory, Outcome& out);

// What a table descriptor says: the next table, and what it restricts (D8.4.3).
u64 next_table(u64 descriptor, Granule granule);
u64 table_restrictions(u64 descriptor);

}  // namespace smmu_vp::tb

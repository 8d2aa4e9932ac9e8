// The configuration structures as memory holds them: stores seen so far, and which tables the SMMU can reach
// (3.21.3), found from the registers and from the structures themselves.
#pragma once

#include <array>
#include <map>
#include <optional>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class StructureKind : u8 { kL1std, kSte, kL1cd, kCd };
using Words = std::array<u64, 8>;

class StructureTables {
 public:
  struct Table {
    u64 end = 0;
    StructureKind kind = StructureKind::kSte;
    u32 sid = 0;   // of the first STE, or of the stream whose CDs these are (the first, if several share)
    u32 ssid = 0;  // of the first CD
    unsigned log2 = 0;  // of the StreamIDs or SubstreamIDs an L1 descriptor stands for
  };
  // An entry of a reachable table.
  struct Place {
    StructureKind kind;
    u32 sid, ssid;
    u64 base;           // of the entry
    unsigned log2 = 0;  // of the StreamIDs or SubstreamIDs it stands for
  };

  // A register's 32-bit word. True when what is reachable may have changed.
  bool register_written(u64 offset, u32 value);
  // Eight bytes as they are now.
  void store(u64 pa, u64 value) { memory_[pa] = value; }
  void forget(u64 pa, u64 bytes) { memory_.erase(memory_.lower_bound(pa), memory_.lower_bound(pa + bytes)); }
  u64 word(u64 pa) const;
  Words entry(const Place& place) const;

  // Nothing when the SMMU cannot reach `pa`.
  std::optional<Place> find(u64 pa) const;
  bool reachable(u64 pa, u64 bytes) const;
  void rebuild();

 private:
  void add_stes(u64 base, u64 count, u32 sid);
  void add_cds(u32 sid, const Words& ste);

  std::map<u64, u64> memory_;    // by address; what was never stored is zero
  std::map<u64, Table> tables_;  // by first byte
  u64 base_ = 0;
  u32 config_ = 0;
  bool enabled_ = false;
};

unsigned words_of(StructureKind kind);
// The bits of an STE or CD that mean something with these contents (5.2, 5.4.1.1).
Words used_bits(StructureKind kind, const Words& entry);

}  // namespace smmu_vp::tb

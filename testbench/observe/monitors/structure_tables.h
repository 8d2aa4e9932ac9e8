// The configuration structures as memory holds them: stores seen so far, and which tables the SMMU can reach
// (3.21.3), found from the registers and from the structures themselves.
#pragma once

#include <map>
#include <optional>

#include "testbench/observe/monitors/structure_layout.h"

namespace smmu_vp::tb {

class StructureTables {
 public:
  struct Table {
    TableLayout layout;
    u32 sid = 0;   // of the first STE, or the stream of these CDs (the first, if several share them)
    u32 ssid = 0;  // of the first CD
  };
  // An entry of a reachable table.
  struct Place {
    StructureId id;
    u64 base;  // of the entry
  };

  // Stores a register's 32-bit word. Returns true if the reachable tables may have changed.
  bool register_written(u64 offset, u32 value);
  // Stores the current value of eight bytes.
  void store(u64 pa, u64 value) { memory_[pa] = value; }
  void forget(u64 pa, u64 bytes) { memory_.erase(memory_.lower_bound(pa), memory_.lower_bound(pa + bytes)); }
  u64 word(u64 pa) const;
  Words entry(const Place& place) const;

  // Nothing when the SMMU cannot reach `pa`.
  std::optional<Place> find(u64 pa) const;
  bool reachable(u64 pa, u64 bytes) const;
  void rebuild();

 private:
  void add_stes(const TableLayout& table, u32 sid);
  void add_cds(u32 sid, const Words& ste);

  std::map<u64, u64> memory_;    // by address; what was never stored is zero
  std::map<u64, Table> tables_;  // by first byte
  u64 base_ = 0;
  u32 config_ = 0;
  bool enabled_ = false;
};

}  // namespace smmu_vp::tb

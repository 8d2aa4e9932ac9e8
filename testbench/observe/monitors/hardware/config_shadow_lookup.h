// What the SMMU would fetch now for a StreamID or SubstreamID, found in memory from the registers on (3.3).
#pragma once

#include <optional>

#include "testbench/observe/monitors/hardware/register_shadow.h"
#include "testbench/observe/monitors/memory_view.h"
#include "testbench/observe/monitors/structure_layout.h"

namespace smmu_vp::tb {

// A structure as memory has it; all zero where nothing leads to it, which is as good as invalid.
struct StructureState {
  bool reachable = false;
  u64 pa = 0;
  Words words{};
};

class ConfigShadowLookup {
 public:
  ConfigShadowLookup(const MemoryView& memory, const RegisterShadow& registers)
      : memory_(memory), registers_(registers) {}

  bool enabled(u8 smmu) const;
  // The first level of the stream table.
  TableLayout streams(u8 smmu) const;
  // Nothing where it cannot be told: no RAM is there, or stage 2 would have to be walked.
  std::optional<StructureState> find(const StructureId& id) const;
  std::optional<Words> read(Structure kind, u64 pa) const;
  // Zero where there is no RAM.
  u64 word(u64 pa) const { return memory_.word(pa).value_or(0); }
  // The identity of the structure of that kind that a requester uses; the STE tells the format of its CD table.
  StructureId id_of(Structure kind, const spec::Requester& who, u8 smmu, const Words& ste) const;

 private:
  std::optional<StructureState> entry_of(const TableLayout& table, u64 index) const;
  std::optional<StructureState> find_ste(const StructureId& id) const;
  std::optional<StructureState> find_cd(const StructureId& id) const;

  const MemoryView& memory_;
  const RegisterShadow& registers_;
};

}  // namespace smmu_vp::tb

// Which structures a CMD_CFGI_* command must remove from the caches (4.3).
#pragma once

#include <optional>
#include <string>

#include "testbench/observe/monitors/structure_layout.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::tb {

struct CfgiScope {
  spec::Opcode opcode;
  u8 smmu = 0;
  u32 first_sid = 0, last_sid = 0;
  std::optional<u32> ssid = {};  // nothing: every CD of the streams
  bool leaf = false;             // of CMD_CFGI_STE and CMD_CFGI_CD: first-level descriptors may stay

  bool covers(const StructureId& id) const;
};
// Nothing for a command that invalidates no structure of a stream.
std::optional<CfgiScope> cfgi_scope(const spec::Command& command, u8 smmu);
// "CMD_CFGI_CD of StreamID 0x8, SubstreamID 1, Leaf 1".
std::string text_of(const CfgiScope& scope);
// The command that invalidates `id` alone: "CMD_CFGI_CD of StreamID 0x8, SubstreamID 1, Leaf 0".
std::string invalidation_of(const StructureId& id);

}  // namespace smmu_vp::tb

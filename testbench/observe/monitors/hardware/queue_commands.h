// What is wrong with a command as it stands, by chapter 4 and the ID registers: nothing of it depends on what the SMMU did.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "testbench/observe/monitors/monitor.h"
#include "tlm/spec/commands.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

// IDR0 to IDR5, IIDR and AIDR (6.3.1 to 6.3.8).
class IdRegisters {
 public:
  explicit IdRegisters(const MachineTraits& machine) {
    for (u32 i = 0; i < words_.size(); ++i) words_[i] = machine.id_register(4 * i);
  }
  u64 get(u32 offset, spec::Field field) const { return field.get(u64{words_[offset / 4]}); }

 private:
  std::array<u32, spec::offset::AIDR / 4 + 1> words_{};
};

// "CMD_TLBI_NH_VA at CMDQ index 5 (0x12, 0x0)".
std::string command_text(const spec::Command& command, u32 index);

class CommandRules {
 public:
  // Reads the ID registers, which are constant after reset (6.2).
  explicit CommandRules(const MachineTraits& machine);
  // Why the command is ILLEGAL, sets what must be zero, or has a parameter that this SMMU does not have; nothing when it
  // is as the manual wants it.
  std::optional<std::string> fault(const spec::Command& command) const;

 private:
  IdRegisters ids_;
};

}  // namespace smmu_vp::tb

// The STE is read as the SMMU would read it (3.3.1, 5.1), with no cache between.
#include "testbench/observe/monitors/hardware/queue_pointless.h"

#include <fmt/format.h>

#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

namespace {

namespace reg = spec::offset;
namespace cfg = spec::STRTAB_BASE_CFG;
using spec::Opcode;

// The second word of the stream's STE, which has EATS (5.2); nothing when the SMMU would find none.
std::optional<u64> second_word_of_ste(u32 sid, const Shadows& shadows, u8 smmu) {
  const u64 config = shadows.registers.word(reg::STRTAB_BASE_CFG, smmu);
  const u64 base = spec::STRTAB_BASE::ADDR.in_place(shadows.registers.dword(reg::STRTAB_BASE, smmu));
  u64 table = base, index = sid;
  if (cfg::FMT.get(config) == spec::kStrtabTwoLevel) {
    const u64 split = cfg::SPLIT.get(config);
    const auto descriptor = shadows.memory.word(base + (u64{sid} >> split << spec::l1std::kLog2Bytes));
    if (!descriptor) return std::nullopt;
    const u64 span = spec::l1std::Span.get(*descriptor);
    index = sid & ((u64{1} << split) - 1);
    if (span == spec::l1std::kSpanInvalid || span > spec::l1std::kSpanMax || index >> (span - 1) != 0)
      return std::nullopt;
    table = spec::l1std::L2Ptr.in_place(*descriptor);
  }
  const u64 address = table + (index << spec::kSteLog2Bytes);
  if ((shadows.memory.word(address).value_or(0) & spec::ste::V.mask()) == 0) return std::nullopt;
  return shadows.memory.word(address + sizeof(u64));
}

}  // namespace

std::optional<std::string> pointless(const spec::Command& command, const Shadows& shadows, u8 smmu) {
  const Opcode opcode = spec::opcode_of(command);
  const bool to_device = opcode == Opcode::CMD_ATC_INV || opcode == Opcode::CMD_PRI_RESP;
  const bool enabled = spec::CR0::SMMUEN.get(u64{shadows.registers.word(reg::CR0, smmu)}) != 0;
  if (to_device && !enabled) return "it is IGNORED while CR0.SMMUEN is 0 (6.3.9.6)";
  const bool of_structure =
      opcode == Opcode::CMD_CFGI_STE || opcode == Opcode::CMD_CFGI_CD || opcode == Opcode::CMD_CFGI_CD_ALL;
  if (!to_device && !of_structure) return std::nullopt;

  const auto sid = static_cast<u32>(spec::cmd::SID.get(command.w));
  const u64 log2size = cfg::LOG2SIZE.get(u64{shadows.registers.word(reg::STRTAB_BASE_CFG, smmu)});
  if (enabled && u64{sid} >> log2size != 0)
    return fmt::format("StreamID {:#x} is beyond the Stream table of 2^{} entries (6.3.25)", sid, log2size);
  if (opcode != Opcode::CMD_ATC_INV) return std::nullopt;
  const std::optional<u64> word = second_word_of_ste(sid, shadows, smmu);
  if (!word)
    return fmt::format("StreamID {:#x} has no valid STE, so nothing was handed to it by ATS (5.2)", sid);
  const u64 eats = *word >> spec::ste::EATS.shift() & spec::ste::EATS.max();
  if (eats == spec::ste::kEatsAbort)
    return fmt::format("EATS of StreamID {:#x} is 0, so nothing is handed to it by ATS (5.2)", sid);
  return std::nullopt;
}

}  // namespace smmu_vp::tb

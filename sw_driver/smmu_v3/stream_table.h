// The stream table (3.3.1, 5.1, 5.2): linear, or two levels whose second ones appear when a StreamID is used.
#pragma once

#include <vector>

#include "sw_driver/smmu_v3/command_queue.h"
#include "sw_driver/smmu_v3/entries.h"

namespace smmu_vp::sw {

class StreamTable {
 public:
  StreamTable(Env& env, const Registers& registers, CommandQueue& queue)
      : env_(env), registers_(registers), queue_(queue) {}

  bool allocate(const Features& features);
  void write_registers() const;

  // Makes sure there is an STE for this StreamID; false when it is out of range or memory has run out.
  bool prepare(u32 sid);
  // Makes the stream abort once somebody has issued CMD_CFGI_STE for it.
  void abort(u32 sid);
  void write(u32 sid, const Entry& target);

 private:
  static constexpr unsigned kSplit = 8;  // STEs of a second-level table, log2

  u64 entry(u32 sid) const;
  bool fill_with_abort(u64 table, unsigned log2_entries);

  Env& env_;
  const Registers& registers_;
  CommandQueue& queue_;
  unsigned sid_bits_ = 0;
  bool two_level_ = false;
  u64 base_ = 0;
  std::vector<u64> leaves_;  // of the two-level table, 0 where there is none yet
};

}  // namespace smmu_vp::sw

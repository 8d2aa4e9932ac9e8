// The Stream table (3.3.1, 5.1, 5.2): linear, or two-level with leaves allocated when a StreamID is used.
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

  // Makes sure that this StreamID's STE exists; returns false if it is out of range or memory is exhausted.
  bool prepare(u32 sid);
  // Writes an aborting STE; the caller issues the CMD_CFGI_STE that brings it into effect.
  void abort(u32 sid);
  void write(u32 sid, const Entry& target);

 private:
  static constexpr unsigned kSplit = 8;  // log2 of the STEs in a second-level table

  u64 entry(u32 sid) const;
  bool fill_with_abort(u64 table, unsigned log2_entries);

  Env& env_;
  const Registers& registers_;
  CommandQueue& queue_;
  unsigned sid_bits_ = 0;
  bool two_level_ = false;
  u64 base_ = 0;
  std::vector<u64> leaves_;  // second-level tables; 0: not allocated yet
};

}  // namespace smmu_vp::sw

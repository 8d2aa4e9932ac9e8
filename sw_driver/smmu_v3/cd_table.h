// One device's CD table (5.3, 5.4), indexed by PASID: linear, or two-level with 64 KB leaves that are
// allocated when a PASID in them is first used.
#pragma once

#include <vector>

#include "sw_driver/smmu_v3/command_queue.h"
#include "sw_driver/smmu_v3/entries.h"

namespace smmu_vp::sw {

class CdTable {
 public:
  CdTable(Env& env, CommandQueue& queue, u32 sid) : env_(env), queue_(queue), sid_(sid) {}

  // SubstreamID bits of the table: possibly fewer than wanted if the SMMU supports only linear tables.
  static unsigned usable_bits(const Features& features, unsigned wanted);

  bool allocate(const Features& features, unsigned ssid_bits);
  bool allocated() const { return base_ != 0; }
  u64 base() const { return base_; }
  u64 format() const { return two_level_ ? spec::ste::kS1Fmt64K : spec::ste::kS1FmtLinear; }
  unsigned ssid_bits() const { return ssid_bits_; }

  // Makes sure that this PASID's CD exists; returns false when memory is exhausted.
  bool prepare(u32 ssid);
  Entry read(u32 ssid) const;
  void write(u32 ssid, const Entry& target);

 private:
  static constexpr unsigned kSplit = spec::l1cd::kLog2Leaf64K;
  static constexpr u64 kLeafPages = u64{1} << (kSplit + spec::kCdLog2Bytes - 12);

  u64 entry(u32 ssid) const;

  Env& env_;
  CommandQueue& queue_;
  u32 sid_;
  unsigned ssid_bits_ = 0;
  bool two_level_ = false;
  u64 base_ = 0;
  std::vector<u64> leaves_;  // 0: not allocated yet
};

}  // namespace smmu_vp::sw

// Constants of the workload file and the encoding state of its accesses, for writer and reader. The format is
// described in docs/workloads.md.
#pragma once

#include <array>
#include <string_view>

#include "testbench/runs/workload/bytes.h"
#include "testbench/runs/workload/workload.h"

namespace smmu_vp::tb::format {

inline constexpr std::string_view kMagic = "SMMUVPWL";
inline constexpr u32 kVersion = 2;

constexpr u32 tag(const char (&name)[5]) {
  u32 value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<u32>(static_cast<u8>(name[i])) << (8 * i);
  return value;
}
inline constexpr u32 kInfo = tag("INFO"), kVmas = tag("VMAS"), kAccesses = tag("ACCS"), kEvents = tag("EVTS"),
                     kEnd = tag("END ");
inline constexpr u32 kMaxSection = 16u << 20;  // no writer makes longer ones: detects a wrong length at once
inline constexpr std::size_t kBlockTarget = 32768;  // a block of accesses ends at this size

inline constexpr u8 kRead = 1, kWrite = 2, kExecute = 4;

// The first byte of an access.
inline constexpr u8 kStore = 0x01;
inline constexpr unsigned kSizeShift = 1, kSizeMask = 7, kSizeFollows = 7;  // 0..6: 1, 2, ... 64 bytes
inline constexpr unsigned kRankShift = 4, kRankMask = 15,
                          kIndexFollows = 15;  // 0..14: rank of the VMA, most recently used first

// A section with its payload as in the file.
struct Section {
  u32 tag = 0;
  std::vector<u8> payload;
};

// The state that writer and reader keep within a block: the last address accessed in each VMA, and the most
// recently used VMAs.
class AccessState {
 public:
  explicit AccessState(const std::vector<Vma>& vmas) {
    for (const Vma& vma : vmas) last_.push_back(vma.start);
  }
  u64& last(std::size_t vma) { return last_[vma]; }
  unsigned recent() const { return recent_; }
  std::size_t at(unsigned rank) const { return order_[rank]; }
  // kIndexFollows if the VMA is not among the recent ones.
  unsigned rank_of(std::size_t vma) const {
    for (unsigned rank = 0; rank < recent_; ++rank) {
      if (order_[rank] == vma) return rank;
    }
    return kIndexFollows;
  }
  void use(std::size_t vma) {
    unsigned rank = rank_of(vma);
    if (rank == kIndexFollows) {
      if (recent_ < order_.size()) ++recent_;
      rank = recent_ - 1;
    }
    for (; rank > 0; --rank) order_[rank] = order_[rank - 1];
    order_[0] = vma;
  }

 private:
  std::vector<u64> last_;
  std::array<std::size_t, kIndexFollows> order_{};
  unsigned recent_ = 0;
};

}  // namespace smmu_vp::tb::format

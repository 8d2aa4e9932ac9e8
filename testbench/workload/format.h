// The workload file's constants and the code of its accesses, for writer and reader alike. docs/workloads.md
// tells it.
#pragma once

#include <array>
#include <string_view>

#include "testbench/workload/bytes.h"
#include "testbench/workload/workload.h"

namespace smmu_vp::tb::format {

inline constexpr std::string_view kMagic = "SMMUVPWL";
inline constexpr u32 kVersion = 1;

constexpr u32 tag(const char (&name)[5]) {
  u32 value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<u32>(static_cast<u8>(name[i])) << (8 * i);
  return value;
}
inline constexpr u32 kInfo = tag("INFO"), kVmas = tag("VMAS"), kAccesses = tag("ACCS"), kEnd = tag("END ");
inline constexpr u32 kMaxSection = 16u
                                   << 20;  // longer than any writer makes: a wrong length is found at once
inline constexpr std::size_t kBlockTarget =
    32768;  // a block of accesses is closed when it has grown this long

inline constexpr u8 kRead = 1, kWrite = 2, kExecute = 4;

// First byte of an access.
inline constexpr u8 kStore = 0x01;
inline constexpr unsigned kSizeShift = 1, kSizeMask = 7, kSizeFollows = 7;  // 0..6: 1, 2, ... 64 bytes
inline constexpr unsigned kRankShift = 4, kRankMask = 15,
                          kIndexFollows = 15;  // 0..14: how recently the VMA was used

// What both sides remember within a block: the address last accessed in each VMA, and the VMAs used most
// recently.
class AccessState {
 public:
  explicit AccessState(const std::vector<Vma>& vmas) {
    for (const Vma& vma : vmas) last_.push_back(vma.start);
  }
  u64& last(std::size_t vma) { return last_[vma]; }
  unsigned recent() const { return recent_; }
  std::size_t at(unsigned rank) const { return order_[rank]; }
  // kIndexFollows when the VMA is not among the recent ones.
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

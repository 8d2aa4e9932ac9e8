// The pages of memory that an SMMU reads by itself: Command queue, structures, translation tables. Each is told once, when it
// is first read; those of a Command queue when its base is written. A translation table is told again if it is read after
// nothing of its ASID was cached any more: by then the memory may have been something else.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class PagesRead {
 public:
  static constexpr u64 kPageBytes = 4096;

  struct Listener {
    std::function<void(u64 page)> read, forgotten;
  };
  // `bus` must announce nothing once this object is destroyed.
  PagesRead(trace::Bus& bus, Listener listener);
  PagesRead(const PagesRead&) = delete;
  PagesRead& operator=(const PagesRead&) = delete;

 private:
  using Asid = std::optional<u32>;  // nothing: a page that is not forgotten
  void read(u64 pa, Asid asid);
  void forget(u32 asid);

  Listener listener_;
  std::unordered_map<u64, Asid> told_;
  std::unordered_map<u32, std::vector<u64>> tables_;  // by ASID; of what is in told_, and perhaps more
  std::map<std::pair<u8, u64>, u32> walks_;           // ASID by SMMU and transaction
};

}  // namespace smmu_vp::tb

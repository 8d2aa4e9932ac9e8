// First-level descriptors that lookups of configuration went through, where the SMMU keeps them by themselves:
// CMD_CFGI_STE and CMD_CFGI_CD with Leaf set need not remove them (4.3.1, 4.3.3). Invalid ones are kept, too (3.21.3).
#pragma once

#include <deque>
#include <optional>

#include "tlm/spec/structures.h"

namespace smmu_vp::core {

class FirstLevel {
 public:
  // By the ids that it stands for, `log2_ids` of them round the given one.
  struct Key {
    spec::Structure kind;
    u32 sid, ssid;
    unsigned log2_ids;
  };

  std::optional<u64> find(const Key& key) const;
  struct Fetched {
    u64 descriptor;
    u64 epoch;  // as it was before the descriptor was read
  };
  // Dropped if an invalidation came since.
  void fill(const Key& key, const Fetched& fetched);
  u64 epoch() const { return epoch_; }

  void invalidate_streams(u32 first, u32 last, bool leaf);
  void invalidate_context(u32 sid, u32 ssid);
  void invalidate_contexts(u32 sid);

 private:
  static constexpr std::size_t kMost = 256;
  struct Entry {
    Key key;
    u64 descriptor;
  };
  static bool same(const Key& a, const Key& b);

  std::deque<Entry> entries_;  // the oldest first
  u64 epoch_ = 0;
};

}  // namespace smmu_vp::core

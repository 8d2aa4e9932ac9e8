// The configuration cache: results of configuration lookups by StreamID and SubstreamID, valid or not, since
// any structure that was fetched may be cached in any state (3.21.3). Failed fetches and what a first-level
// descriptor refused are not cached.
#pragma once

#include <vector>

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

class ConfigCache {
 public:
  // What besides the StreamID selects an entry: a SubstreamID, or one of these.
  static constexpr u32 kNoSubstream = 1u << 20;
  static constexpr u32 kStreamOnly = 1u << 21;  // the STE without a CD

  explicit ConfigCache(unsigned entries);

  // Null on a miss. Valid until the next fill().
  const Configuration* find(u32 sid, u32 selector) const;

  // A lookup that began before an invalidation must not fill after it: it passes the epoch of its start.
  u64 epoch() const { return epoch_; }
  void fill(u32 sid, u32 selector, const Configuration& found, u64 epoch);

  // Each names the scope of a CMD_CFGI_* command (4.3).
  void invalidate_streams(u32 first, u32 last);
  void invalidate_context(u32 sid, u32 ssid, bool leaf);
  void invalidate_contexts(u32 sid);

 private:
  static constexpr unsigned kWays = 4;
  struct Tag {
    u64 key = 0;
    bool valid = false;
  };
  static u64 key_of(u32 sid, u32 selector) { return u64{sid} << 32 | selector; }
  std::size_t set_of(u64 key) const;
  template <typename Matches>
  void drop(Matches matches);

  std::size_t sets_, ways_;
  u64 epoch_ = 0;
  std::vector<Tag> tags_;
  std::vector<Configuration> entries_;
  std::vector<u8> next_victim_;  // by set, round robin
};

}  // namespace smmu_vp::core

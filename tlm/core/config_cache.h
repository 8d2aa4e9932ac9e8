// The configuration cache: results of configuration lookups by StreamID and SubstreamID. Invalid structures
// are cached too, as 3.21.3 permits. Not cached: failed fetches, including stage 2 faults, and lookups that a
// first-level descriptor stopped. An SMMU that removes the least keeps these descriptors by themselves.
#pragma once

#include <utility>
#include <vector>

#include "tlm/core/configuration.h"
#include "tlm/core/first_level.h"
#include "tlm/core/slot_groups.h"
#include "tlm/core/smmu_config.h"

namespace smmu_vp::core {

// Shares one looked-up configuration between the cache and the transactions that use it, which may block for
// long. Only one simulation thread runs at a time, so the count needs no atomics, and a hit copies nothing.
class ConfigRef {
 public:
  ConfigRef() = default;
  explicit ConfigRef(const Configuration& found) : held_(new Held{found, 1}) {}
  ConfigRef(const ConfigRef& other) : held_(other.held_) {
    if (held_ != nullptr) ++held_->holders;
  }
  ConfigRef(ConfigRef&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  ConfigRef& operator=(ConfigRef other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~ConfigRef() {
    if (held_ != nullptr && --held_->holders == 0) delete held_;
  }
  explicit operator bool() const { return held_ != nullptr; }
  const Configuration& operator*() const { return held_->found; }
  const Configuration* operator->() const { return &held_->found; }

 private:
  struct Held {
    Configuration found;
    u32 holders;
  };
  Held* held_ = nullptr;
};

class ConfigCache {
 public:
  // Selects an entry within a StreamID: a SubstreamID, or one of these values.
  static constexpr u32 kNoSubstream = 1u << 20;
  static constexpr u32 kStreamOnly = 1u << 21;  // the STE without a CD
  static u32 selector_of(const spec::Requester& who) { return who.pasid.value_or(kNoSubstream); }

  explicit ConfigCache(unsigned entries, InvalidateMode mode = InvalidateMode::kExact);

  // Empty on a miss.
  ConfigRef find(u32 sid, u32 selector) const {
    const u64 tag = tag_of(sid, selector);
    const std::size_t base = set_of(sid, selector) * ways_;
    for (std::size_t slot = base; slot < base + ways_; ++slot) {
      if (tags_[slot] == tag) return entries_[slot];
    }
    return {};
  }

  // Calls f(sid, selector, configuration) for each entry; changes nothing.
  template <typename F>
  void each(F&& f) const {
    for (std::size_t slot = 0; slot < tags_.size(); ++slot) {
      if (const u64 tag = tags_[slot]; tag != 0) f(sid_of(tag), selector_of(tag), *entries_[slot]);
    }
  }

  // A fill passes the epoch read when its lookup began; an invalidation since then makes the cache drop it.
  u64 epoch() const { return epoch_; }
  void fill(u32 sid, u32 selector, const ConfigRef& found, u64 epoch);

  // Null where none are kept by themselves.
  FirstLevel* first_level() { return mode_ == InvalidateMode::kMinimal ? &first_level_ : nullptr; }

  // Each has the scope of one CMD_CFGI_* command (4.3).
  void invalidate_streams(u32 first, u32 last, bool leaf);
  void invalidate_context(u32 sid, u32 ssid, bool leaf);
  void invalidate_contexts(u32 sid);

 private:
  static constexpr unsigned kWays = 4;
  // StreamID, a bit that is set in every entry, selector. A tag of 0 is an invalid entry.
  static constexpr u64 kValid = u64{1} << 31;
  static u64 tag_of(u32 sid, u32 selector) { return u64{sid} << 32 | kValid | selector; }
  static u32 sid_of(u64 tag) { return static_cast<u32>(tag >> 32); }
  static u32 selector_of(u64 tag) { return static_cast<u32>(tag & (kValid - 1)); }
  std::size_t set_of(u32 sid, u32 selector) const {
    return (u64{sid} * 5 + selector + (selector >> 8)) & (sets_ - 1);
  }
  void drop(std::size_t slot);
  void drop_one(u32 sid, u32 selector);
  void drop_contexts(u32 sid);

  InvalidateMode mode_;
  std::size_t sets_, ways_;
  u64 epoch_ = 0;
  FirstLevel first_level_;
  std::vector<u64> tags_;
  std::vector<ConfigRef> entries_;
  SlotGroups streams_;           // the entries of each StreamID
  std::vector<u8> next_victim_;  // by set
};

}  // namespace smmu_vp::core

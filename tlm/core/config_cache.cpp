// The configuration cache: set-associative with round-robin replacement.
#include "tlm/core/config_cache.h"

#include <algorithm>

namespace smmu_vp::core {

namespace {

bool cacheable(const Configuration& found) {
  if (!found.fault) return true;
  if (found.fault->s2) return false;  // stage 2 of a CD fetch: no structure was read
  using enum spec::EventId;
  switch (found.fault->event) {
    case F_STE_FETCH:
    case F_CD_FETCH:
    case C_BAD_STREAMID:
      return false;
    default:
      return true;
  }
}

}  // namespace

ConfigCache::ConfigCache(unsigned entries, InvalidateMode mode)
    : mode_(mode),
      sets_(std::max(1u, entries / kWays)),
      ways_(std::min(entries, kWays)),
      tags_(sets_ * ways_),
      entries_(sets_ * ways_),
      streams_(sets_ * ways_),
      next_victim_(sets_) {}

void ConfigCache::fill(u32 sid, u32 selector, const ConfigRef& found, u64 epoch) {
  if (epoch != epoch_ || !cacheable(*found)) return;
  const u64 tag = tag_of(sid, selector);
  const std::size_t set = set_of(sid, selector);
  std::size_t way = ways_;
  for (std::size_t w = ways_; w-- != 0;) {
    const u64 resident = tags_[set * ways_ + w];
    if (resident == 0) way = w;
    if (resident == tag) {  // another lookup filled the same entry meanwhile
      way = w;
      break;
    }
  }
  if (way == ways_) {
    way = next_victim_[set];
    next_victim_[set] = static_cast<u8>((way + 1) % ways_);
  }
  const std::size_t slot = set * ways_ + way;
  if (tags_[slot] != 0) drop(slot);
  tags_[slot] = tag;
  entries_[slot] = found;
  streams_.insert({.slot = slot, .key = sid});
}

void ConfigCache::drop(std::size_t slot) {
  tags_[slot] = 0;
  streams_.erase(slot);
}

void ConfigCache::drop_one(u32 sid, u32 selector) {
  const u64 tag = tag_of(sid, selector);
  const std::size_t base = set_of(sid, selector) * ways_;
  for (std::size_t slot = base; slot < base + ways_; ++slot) {
    if (tags_[slot] == tag) drop(slot);
  }
}

void ConfigCache::invalidate_streams(u32 first, u32 last, bool leaf) {
  ++epoch_;
  first_level_.invalidate_streams(first, last, leaf);
  const auto drop_slot = [this](std::size_t slot) { drop(slot); };
  if (last - first < streams_.group_count()) {
    for (u64 sid = first; sid <= last; ++sid) streams_.each_of(sid, drop_slot);
  } else {
    streams_.each_where([=](u64 sid) { return sid >= first && sid <= last; }, drop_slot);
  }
}

void ConfigCache::invalidate_context(u32 sid, u32 ssid, bool leaf) {
  if (!leaf) first_level_.invalidate_context(sid, ssid);
  // Without Leaf the L1CD goes too (4.3.3): where it is not kept by itself, with every CD found through it.
  if (!leaf && mode_ != InvalidateMode::kMinimal) return drop_contexts(sid);
  ++epoch_;
  // A single CD, and the one used without a SubstreamID, is the CD at index 0.
  drop_one(sid, ssid);
  if (ssid == 0) drop_one(sid, kNoSubstream);
}

void ConfigCache::invalidate_contexts(u32 sid) {
  first_level_.invalidate_contexts(sid);
  drop_contexts(sid);
}

void ConfigCache::drop_contexts(u32 sid) {
  ++epoch_;
  streams_.each_of(sid, [this](std::size_t slot) {
    if (selector_of(tags_[slot]) != kStreamOnly) drop(slot);
  });
}

}  // namespace smmu_vp::core

// The reference implementation of the translation cache contract, exact down to the victim way. The RTL is
// compared with it at every operation, and it is the fast choice when no RTL is wanted.
// It fixes what the contract leaves open, and rtl/ does the same:
// - No bank holds two entries that one lookup could match: a fill drops every overlapping entry of its bank
//   and takes the slot of the lowest. If both banks match, the page bank answers.
// - A pending MSHR remembers the hull of the VA ranges invalidated in its context, because its walk may end
//   in a leaf larger than the page that was looked up. A fill whose leaf overlaps the hull is dropped. A VA
//   invalidation in another context affects global entries only, so it drops the fill only if that is global.
// - Poisoned MSHRs still merge: a merged lookup is repeated after the fill, so it cannot use the stale
//   translation.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tlm/core/cache_tag.h"
#include "tlm/core/replacement.h"
#include "tlm/core/slot_groups.h"
#include "tlm/core/translation_cache.h"

namespace smmu_vp::core {

class ReferenceCache final : public TranslationCachePort {
 public:
  ReferenceCache(const CacheConfig& config, Replacement replacement = Replacement::kTreePlru);

  [[gnu::always_inline]] LookupResult lookup(const LookupKey& key) override {
    const u64 tag = cache_tag::tag_of(key);
    const unsigned page = log2_bytes(key.granule);
    const unsigned set = set_of(key.granule, key.va);
    const std::size_t base = std::size_t{set} * config_.ways;
    for (unsigned way = 0; way < config_.ways; ++way) {
      const std::size_t slot = base + way;
      if (!cache_tag::same_context(pages_.tags[slot], tag)) continue;
      if (((pages_.vas[slot] ^ key.va) >> page) != 0) continue;
      page_used_[set] = page_replacer_.touched(page_used_[set], way);
      return {.status = LookupStatus::kHit, .entry = pages_.entries[slot], .mshr = 0};
    }
    return lookup_block(key, tag);
  }
  FillResult fill(u8 mshr, const Translation* entry_or_null) override;
  InvalidateResult invalidate(const Invalidation& what) override;

  const CacheConfig& config() const { return config_; }
  unsigned set_of(Granule granule, u64 va) const {
    const u64 vpn = va >> log2_bytes(granule);
    return static_cast<unsigned>((vpn ^ (vpn >> set_bits_)) & (config_.sets - 1));
  }

  // The contents of one slot, for comparison with the RTL and for reports. The block bank ignores `set`.
  struct Slot {
    bool valid = false;
    World world = World::kNsEl1;
    u16 vmid = 0;
    u32 context = 0;
    Granule granule = Granule::k4K;
    Translation entry;
    bool operator==(const Slot&) const = default;
  };
  Slot slot(bool block_bank, unsigned set, unsigned way) const;

 private:
  // A bank as parallel arrays, so that matching reads only tags and addresses.
  struct Bank {
    explicit Bank(std::size_t slots) : tags(slots), vas(slots), entries(slots), groups(slots) {}
    void set_tag(std::size_t slot, u64 tag);

    std::vector<u64> tags;
    std::vector<u64> vas;
    std::vector<Translation> entries;
    std::array<u32, 4> granules{};  // how many valid entries each granule has
    SlotGroups groups;              // of the valid entries, by world, VMID and context
  };
  struct Mshr {
    u64 tag = 0;
    u64 va = 0;
    bool poisoned = false;
    bool foreign_va = false;  // a VA invalidation of another context was seen
    u64 hull_first = ~u64{0};
    u64 hull_last = 0;
  };
  struct Match;  // an invalidation as masks over tags

  LookupResult lookup_block(const LookupKey& key, u64 tag);
  LookupResult miss(const LookupKey& key, u64 tag);
  bool drops(const Mshr& mshr, const Translation& entry) const;
  FillResult fill_page(u64 tag, const Translation& entry);
  FillResult fill_block(u64 tag, const Translation& entry);
  static void store(Bank& bank, std::size_t slot, u64 tag, const Translation& entry);
  static u32 drop_if_covered(Bank& bank, std::size_t slot, const Match& match);
  static u32 invalidate_bank(Bank& bank, const Match& match);
  u32 invalidate_pages(const Match& match);
  u32 poison(const Match& match);

  CacheConfig config_;
  unsigned set_bits_;
  Replacer page_replacer_;
  Replacer block_replacer_;
  Bank pages_;
  Bank blocks_;
  std::vector<u64> page_used_;
  u64 block_used_ = 0;
  std::vector<Mshr> mshrs_;
  u64 pending_ = 0;  // one bit per MSHR
};

}  // namespace smmu_vp::core

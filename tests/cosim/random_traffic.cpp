// What the random traffic consists of, and the book-keeping of operations in flight.
#include "tests/cosim/random_traffic.h"

#include <algorithm>

namespace smmu_vp::tb {

using core::Granule;
using core::Invalidation;
using core::LookupStatus;
using core::World;

RandomTraffic::RandomTraffic(CacheModel& model, const core::CacheConfig& config, u32 seed)
    : random_(seed), checker_(model, config), driver_(model) {
  driver_.listen(checker_);
  checker_.on_difference = [this](const std::string& what) { result_.difference = what; };
  model.on_assertion = [this](const std::string& what) {
    if (std::find(result_.assertions.begin(), result_.assertions.end(), what) == result_.assertions.end())
      result_.assertions.push_back(what);
  };
}

core::LookupKey RandomTraffic::random_key() {
  core::LookupKey key;
  if (!owed_.empty() && one_in(12)) return owed_[below(owed_.size())].key;  // merge, or race its fill
  key.world = one_in(8) ? static_cast<World>(below(4)) : World::kNsEl1;
  key.vmid = static_cast<u16>(below(2) * 0x8001);
  key.context = one_in(16) ? core::kNoPasid : static_cast<u32>(1 + below(3));
  key.granule = one_in(4) ? static_cast<Granule>(below(3)) : Granule::k4K;
  const u64 region = one_in(8) ? 0xFFFF'FFFF'FF00'0000 : 0x40'0000 * below(2);
  key.va = region + below(48) * 0x1000 + below(0x1000);
  return key;
}

core::Translation RandomTraffic::random_entry(const core::LookupKey& key) {
  const unsigned page = core::log2_bytes(key.granule);
  core::Translation entry;
  entry.leaf_log2_size = static_cast<u8>(page);
  if (one_in(4)) entry.leaf_log2_size = static_cast<u8>(std::array{page + 4, 21u, 25u, 30u, 39u}[below(5)]);
  entry.log2_size = entry.leaf_log2_size;
  if (one_in(4)) entry.log2_size = static_cast<u8>(12 + below(entry.leaf_log2_size - 11u));  // fractured
  const u64 offset = (u64{1} << entry.log2_size) - 1;
  entry.va = key.va & ~offset;
  entry.pa = ((u64{random_()} << 20) ^ random_()) & ~offset;
  entry.global = one_in(8);
  const u64 rights = below(64);
  entry.rights = {(rights & 1) != 0, (rights & 2) != 0,  (rights & 4) != 0,
                  (rights & 8) != 0, (rights & 16) != 0, (rights & 32) != 0};
  entry.memory_attributes = static_cast<u8>(below(256));
  entry.shareability = static_cast<u8>(below(4));
  return entry;
}

Invalidation RandomTraffic::random_invalidation() {
  const core::LookupKey near = random_key();
  Invalidation what;
  what.scope = one_in(12) ? static_cast<Invalidation::Scope>(below(3)) : Invalidation::Scope::kVa;
  what.world = near.world;
  what.any_world = what.scope == Invalidation::Scope::kAll && one_in(2);
  what.vmid = near.vmid;
  what.context = near.context;
  what.any_context = what.scope == Invalidation::Scope::kVa && one_in(4);
  if (what.scope != Invalidation::Scope::kVa) return what;
  what.first = near.va & ~u64{0xFFF};
  const u64 bytes = 0x1000 << (one_in(3) ? below(12) : 0);
  what.last = what.first + (bytes - 1) < what.first ? ~u64{0} : what.first + (bytes - 1);
  return what;
}

void RandomTraffic::submit_something() {
  const u64 choice = below(16);
  if (choice < 9) {
    if (lookups_.size() >= 8) return;
    lookups_.push_back(std::make_unique<LookupOperation>(LookupOperation{.request = random_key()}));
    driver_.submit(*lookups_.back());
  } else if (choice < 15) {
    if (owed_.empty()) return;
    const auto pick = owed_.begin() + static_cast<std::ptrdiff_t>(below(owed_.size()));
    FillRequest request{.mshr = pick->mshr, .present = !one_in(8), .entry = {}};
    if (request.present) request.entry = random_entry(pick->key);
    owed_.erase(pick);
    fills_.push_back(std::make_unique<FillOperation>(FillOperation{.request = request}));
    driver_.submit(*fills_.back());
  } else {
    if (invalidations_.size() >= 2) return;
    invalidations_.push_back(
        std::make_unique<InvalidateOperation>(InvalidateOperation{.request = random_invalidation()}));
    driver_.submit(*invalidations_.back());
  }
}

void RandomTraffic::settle_answers(const CacheDriver::Answered& answered) {
  answers_ +=
      u32{answered.lookup != nullptr} + u32{answered.fill != nullptr} + u32{answered.invalidate != nullptr};
  if (answered.lookup != nullptr) {
    switch (answered.lookup->result.status) {
      case LookupStatus::kHit:
        ++result_.hits;
        break;
      case LookupStatus::kMiss:
        ++result_.misses;
        owed_.push_back({answered.lookup->result.mshr, answered.lookup->request});
        break;
      case LookupStatus::kMerged:
        ++result_.merged;
        break;
      case LookupStatus::kFull:
        ++result_.full;
        break;
    }
    std::erase_if(lookups_, [&](const auto& op) { return op.get() == answered.lookup; });
  }
  if (answered.fill != nullptr) {
    ++(answered.fill->result.dropped ? result_.dropped : result_.filled);
    std::erase_if(fills_, [&](const auto& op) { return op.get() == answered.fill; });
  }
  if (answered.invalidate != nullptr) {
    ++result_.invalidations;
    std::erase_if(invalidations_, [&](const auto& op) { return op.get() == answered.invalidate; });
  }
}

TrafficResult RandomTraffic::run(unsigned operations) {
  // A mutant may stop answering: the bound on cycles keeps the run finite.
  for (u64 cycle = 0; answers_ < operations && cycle < 40u * operations; ++cycle) {
    // Bursts and pauses, so that the pipeline is both full and empty at times.
    const bool burst = (cycle >> 6) % 2 == 0;
    if (burst || one_in(4)) submit_something();
    const bool stall = (cycle >> 8) % 3 == 0;
    settle_answers(driver_.cycle(
        {.lookup = !stall || one_in(2), .fill = !stall || one_in(2), .invalidate = !stall || one_in(2)}));
  }
  result_.compared = checker_.compared();
  return result_;
}

}  // namespace smmu_vp::tb

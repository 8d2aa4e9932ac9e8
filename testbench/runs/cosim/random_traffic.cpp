// The composition of random traffic.
#include "testbench/runs/cosim/random_traffic.h"

#include <algorithm>
#include <array>

namespace smmu_vp::tb {

using core::Granule;
using core::Invalidation;
using core::LookupStatus;
using core::World;

namespace {

constexpr TrafficWeights kProfiles[] = {
    {.name = "mixed"},
    {.name = "hits", .lookup = 16, .fill = 4, .pages = 6},
    {.name = "evictions", .fill = 9, .pages = 512},
    {.name = "blocks", .pages = 200, .leaf_percent = 80},
    {.name = "invalidations", .fill = 4, .invalidate = 6, .all_percent = 30},
    {.name = "races",
     .lookup = 12,
     .invalidate = 3,
     .pages = 3,
     .all_percent = 2,
     .range_percent = 0,
     .pause_percent = 0},
    {.name = "held back", .invalidate = 2, .pause_percent = 0, .hold_percent = 85},
    {.name = "wide", .pages = 8, .wide = true},
};

}  // namespace

std::span<const TrafficWeights> traffic_profiles() {
  return kProfiles;
}

RandomTraffic::RandomTraffic(CacheModel& model, std::optional<core::ReferenceCache> reference, u32 seed,
                             const TrafficWeights& weights)
    : random_(seed),
      weights_(weights),
      regions_{0, 0x40'0000, 0xFFFF'FFFF'FF00'0000},
      vmids_{0, 0x8001},
      contexts_{0, 1, 2, core::kNoPasid},
      traffic_(model, std::move(reference)) {
  if (weights_.wide) {
    for (u64& region : regions_) region = random_() & ~u64{0xFFF};
    for (u16& vmid : vmids_) vmid = static_cast<u16>(random_());
    for (u32& context : contexts_) context = static_cast<u32>(below(2 * core::kNoPasid));
  }
}

core::LookupKey RandomTraffic::random_key() {
  core::LookupKey key;
  if (!traffic_.owed().empty() && percent(8))
    return any_of(traffic_.owed()).key;  // merge, or race with its fill
  key.world = percent(12) ? static_cast<World>(below(4)) : World::kNsEl1;
  key.vmid = any_of(vmids_);
  key.context = any_of(contexts_);
  key.granule = percent(25) ? static_cast<Granule>(below(3)) : Granule::k4K;
  key.va = any_of(regions_) + below(weights_.pages) * 0x1000 + below(0x1000);
  return key;
}

core::Translation RandomTraffic::random_entry(const core::LookupKey& key) {
  const unsigned page = core::log2_bytes(key.granule);
  core::Translation entry;
  entry.leaf_log2_size = static_cast<u8>(page);
  if (percent(weights_.leaf_percent))
    entry.leaf_log2_size = static_cast<u8>(std::array{page + 4, 21u, 25u, 30u, 39u}[below(5)]);
  entry.log2_size = entry.leaf_log2_size;
  if (percent(weights_.leaf_percent))
    entry.log2_size = static_cast<u8>(12 + below(entry.leaf_log2_size - 11u));  // fractured
  const u64 offset = (u64{1} << entry.log2_size) - 1;
  entry.va = key.va & ~offset;
  entry.pa = random_() & ~offset;
  entry.global = percent(12);
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
  what.scope =
      percent(weights_.all_percent) ? static_cast<Invalidation::Scope>(below(3)) : Invalidation::Scope::kVa;
  what.world = near.world;
  what.any_world = what.scope == Invalidation::Scope::kAll && percent(50);
  what.vmid = near.vmid;
  what.context = near.context;
  what.any_context = what.scope == Invalidation::Scope::kVa && percent(25);
  if (what.scope != Invalidation::Scope::kVa) return what;
  what.first = near.va & ~u64{0xFFF};
  const u64 bytes = u64{0x1000} << (percent(weights_.range_percent) ? 1 + below(weights_.wide ? 44 : 11) : 0);
  what.last = what.first + (bytes - 1) < what.first ? ~u64{0} : what.first + (bytes - 1);
  return what;
}

void RandomTraffic::submit_fill() {
  const auto& owed = traffic_.owed();
  if (owed.empty()) return;
  const std::size_t pick = below(owed.size());
  const bool present = !percent(12);
  traffic_.fill(pick, present, present ? random_entry(owed[pick].key) : core::Translation{});
}

void RandomTraffic::submit_something() {
  u64 choice = below(weights_.lookup + weights_.fill + weights_.invalidate);
  if (choice < weights_.lookup) {
    if (traffic_.lookups_in_flight() < 8) traffic_.lookup(random_key());
  } else if (choice < weights_.lookup + weights_.fill) {
    submit_fill();
  } else if (traffic_.invalidations_in_flight() < 4) {
    traffic_.invalidate(random_invalidation());
  }
}

void RandomTraffic::cycle() {
  // Bursts and pauses, so that the pipeline is both full and empty at times.
  const u64 now = traffic_.result().cycles;
  const bool burst = (now >> 6) % 2 == 0;
  if (burst || !percent(weights_.pause_percent)) submit_something();
  const bool hold = (now >> 8) % 3 == 0;
  const auto takes = [&] { return !hold || !percent(weights_.hold_percent); };
  CacheDriver::Take take;
  take.lookup = takes(), take.fill = takes(), take.invalidate = takes();
  traffic_.cycle(take);
}

template <typename Until>
const TrafficResult& RandomTraffic::run_until(u64 operations, Until until) {
  const TrafficResult& result = traffic_.result();
  // A cache may stop answering: the bound on cycles keeps the run finite.
  const u64 enough = traffic_.answers() + operations;
  const u64 latest = result.cycles + 40 * operations;
  while (traffic_.answers() < enough && result.cycles < latest && !until(result)) cycle();
  return result;
}

const TrafficResult& RandomTraffic::run(u64 operations) {
  return run_until(operations, [](const TrafficResult&) { return false; });
}

const TrafficResult& RandomTraffic::run_to_difference(u64 operations) {
  return run_until(operations, [](const TrafficResult& result) { return !result.clean(); });
}

const TrafficResult& RandomTraffic::finish() {
  traffic_.drain();
  return traffic_.result();
}

}  // namespace smmu_vp::tb

// Invalidations by size of the cache. Every cache is full, and the invalidation names what is not in it: the cost is that
// of finding this out.
#include "sw_driver/iommu/ida.h"
#include "tests/perf/subjects.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/reference_cache.h"
#include "tlm/core/walk_cache.h"

namespace smmu_vp::perf {

namespace {

constexpr u32 kOther = 0x1234;  // ASID, StreamID or SubstreamID of nobody
constexpr u32 kPresent = 16;    // ASIDs or StreamIDs below hold the entries

class TlbSubject : public Subject {
 public:
  TlbSubject(unsigned entries, const core::Invalidation& what)
      : cache_({.sets = entries / 16, .ways = 16, .block_entries = 16, .mshrs = 16}), what_(what) {
    for (u64 i = 0; i < entries; ++i) {
      core::LookupKey key;
      key.context = static_cast<u32>(i % kPresent);
      key.va = i << 12;
      const core::Translation page{.va = key.va, .pa = key.va, .rights = {}};
      cache_.fill(cache_.lookup(key).mshr, &page);
    }
  }
  bool run() override { return cache_.invalidate(what_).entries == 0; }

 private:
  core::ReferenceCache cache_;
  core::Invalidation what_;
};

class WalkCacheSubject : public Subject {
 public:
  WalkCacheSubject(unsigned entries, const core::Invalidation& what) : cache_(entries), what_(what) {
    for (u64 i = 0; i < 4 * entries; ++i) {
      const core::WalkCache::Ticket ticket(cache_, {.asid = static_cast<u16>(i % kPresent)});
      cache_.fill(ticket, i << 21, 21, {.address = i << 12, .hierarchy = {}});
    }
  }
  bool run() override { return cache_.invalidate(what_, false) == 0; }

 private:
  core::WalkCache cache_;
  core::Invalidation what_;
};

class ConfigCacheSubject : public Subject {
 public:
  ConfigCacheSubject(unsigned entries, bool context) : cache_(entries), context_(context) {
    const core::ConfigRef any{core::Configuration{}};
    for (u32 i = 0; i < 4 * entries; ++i) cache_.fill(i % kPresent, i / kPresent, any, cache_.epoch());
  }
  bool run() override {
    if (context_)
      cache_.invalidate_context(0, ~0u >> 12, true);
    else
      cache_.invalidate_streams(kOther, kOther, true);
    return true;
  }

 private:
  core::ConfigCache cache_;
  bool context_;
};

class PasidSubject : public Subject {
 public:
  explicit PasidSubject(unsigned bound) {
    for (unsigned i = 0; i < bound; ++i) pasids_.allocate(kEnd);
  }
  bool run() override {
    const auto got = pasids_.allocate(kEnd);
    if (got) pasids_.free(*got);
    return got.has_value();
  }

 private:
  static constexpr u32 kEnd = 1u << 20;
  sw::Ida pasids_;
};

using Scope = core::Invalidation::Scope;
constexpr core::Invalidation kByAsid{.scope = Scope::kContext, .context = kOther};
constexpr core::Invalidation kByVa{
    .scope = Scope::kVa, .context = 0, .first = u64{1} << 46, .last = (u64{1} << 46) | 0xFFF};
constexpr core::Invalidation kOtherWorld{.scope = Scope::kAll, .world = core::World::kNsEl2};

}  // namespace

template <unsigned kEntries>
std::unique_ptr<Subject> tlb_by_asid() {
  return std::make_unique<TlbSubject>(kEntries, kByAsid);
}
template <unsigned kEntries>
std::unique_ptr<Subject> tlb_other_world() {
  return std::make_unique<TlbSubject>(kEntries, kOtherWorld);
}
template <unsigned kEntries>
std::unique_ptr<Subject> walk_cache_by_asid() {
  return std::make_unique<WalkCacheSubject>(kEntries, kByAsid);
}
template <unsigned kEntries>
std::unique_ptr<Subject> walk_cache_by_va() {
  return std::make_unique<WalkCacheSubject>(kEntries, kByVa);
}
template <unsigned kEntries>
std::unique_ptr<Subject> config_cache_cd() {
  return std::make_unique<ConfigCacheSubject>(kEntries, true);
}
template <unsigned kEntries>
std::unique_ptr<Subject> config_cache_ste() {
  return std::make_unique<ConfigCacheSubject>(kEntries, false);
}
template <unsigned kEntries>
std::unique_ptr<Subject> pasid() {
  return std::make_unique<PasidSubject>(kEntries);
}

#define SMMU_VP_SIZES(subject)                       \
  template std::unique_ptr<Subject> subject<256>();  \
  template std::unique_ptr<Subject> subject<4096>(); \
  template std::unique_ptr<Subject> subject<16384>();
SMMU_VP_SIZES(tlb_by_asid)
SMMU_VP_SIZES(tlb_other_world)
SMMU_VP_SIZES(walk_cache_by_asid)
SMMU_VP_SIZES(walk_cache_by_va)
SMMU_VP_SIZES(config_cache_cd)
SMMU_VP_SIZES(config_cache_ste)
#undef SMMU_VP_SIZES
template std::unique_ptr<Subject> walk_cache_by_asid<65536>();
template std::unique_ptr<Subject> walk_cache_by_va<65536>();
template std::unique_ptr<Subject> config_cache_cd<65536>();
template std::unique_ptr<Subject> config_cache_ste<65536>();
template std::unique_ptr<Subject> pasid<100>();
template std::unique_ptr<Subject> pasid<1'000'000>();

}  // namespace smmu_vp::perf

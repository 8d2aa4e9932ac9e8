// Many SystemC threads on one cache: each is answered in time, and lockstep agrees under their interleaving.
#include <doctest/doctest.h>

#include <array>
#include <random>
#include <systemc>

#include "testbench/machine/rtl_adapter/lockstep_cache.h"
#include "testbench/machine/rtl_adapter/make_translation_cache.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;
using core::LookupStatus;
using transport::Timing;
using transport::TimingMode;

namespace {

constexpr core::CacheConfig kSmall{.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4};

core::Translation page_at(u64 va) {
  return {.va = va & ~u64{0xFFF}, .pa = 0x8000'0000 + (va & ~u64{0xFFF}), .rights = {}};
}

struct Bench {
  explicit Bench(TimingMode mode) : timing(mode) {
    bus.on<trace::CacheMismatch>(
        [this](const trace::CacheMismatch& m, u64) { mismatches.push_back(m.what); });
  }
  Timing timing;
  trace::Bus bus{[] { return Timing::now_ps(); }};
  std::vector<std::string> mismatches;
};

// Acts as a translation agent: looks up, walks on a miss and fills; retries on a merge
// or when all MSHRs are taken.
u64 translate(core::TranslationCachePort& cache, u64 va, u64 walk_ps) {
  for (;;) {
    const auto answer = cache.lookup({.context = 1, .va = va});
    if (answer.status == LookupStatus::kHit) return answer.entry.pa + (va & 0xFFF);
    if (answer.status == LookupStatus::kMiss) {
      sc_core::wait(sc_core::sc_time::from_value(walk_ps));
      const core::Translation entry = page_at(va);
      cache.fill(answer.mshr, &entry);
      return entry.pa + (va & 0xFFF);
    }
    sc_core::wait(sc_core::sc_time::from_value(3'000));
  }
}

}  // namespace

TEST_CASE("sixteen threads share a cache during invalidations, and each reads its own translation") {
  Bench bench(TimingMode::kTimed);
  const auto cache = make_translation_cache(CacheImpl::kLockstep, "tbu0_tlb", kSmall,
                                            {.hit_ps = 2'000, .clock_ps = 1'000}, bench.timing, bench.bus);
  unsigned right = 0;
  for (u32 thread = 0; thread < 16; ++thread)
    sc_core::sc_spawn([&, thread] {
      std::mt19937 random(thread);
      for (int i = 0; i < 300; ++i) {
        const u64 va = (random() % 40) * 0x1000 + random() % 0x1000;
        if (translate(*cache, va, 5'000 + random() % 50'000) == 0x8000'0000 + va) ++right;
        Timing::wait_ps(random() % 7'777);
      }
    });
  sc_core::sc_spawn([&] {
    std::mt19937 random(99);
    for (int i = 0; i < 300; ++i) {
      const u64 page = (random() % 40) * 0x1000;
      cache->invalidate(
          {.scope = core::Invalidation::Scope::kVa, .context = 1, .first = page, .last = page + 0x1FFF});
      Timing::wait_ps(random() % 40'000);
    }
  });
  sc_core::sc_start();
  CHECK(right == 16 * 300);
  for (const std::string& mismatch : bench.mismatches) FAIL_CHECK(mismatch);
  CHECK(dynamic_cast<LockstepCache&>(*cache).compared() > 16 * 300);
}

TEST_CASE("a hit takes two clocks from the edge that accepts it, and an idle cache schedules nothing") {
  Bench bench(TimingMode::kTimed);
  const auto cache = make_translation_cache(CacheImpl::kRtl, "tbu0_tlb", kSmall,
                                            {.hit_ps = 0, .clock_ps = 1'000}, bench.timing, bench.bus);
  u64 begun = 0, answered = 0;
  sc_core::sc_spawn([&] {
    translate(*cache, 0x5000, 10'000);
    Timing::wait_ps(1'000'000 - Timing::now_ps());
    begun = Timing::now_ps();
    cache->lookup({.context = 1, .va = 0x5000});
    answered = Timing::now_ps();
  });
  sc_core::sc_start();
  CHECK(begun == 1'000'000);
  CHECK(answered == 1'003'000);  // accepted at the edge after the call, 1,001 ns
  // sc_start() returned: no event is pending. Each operation of translate()
  // and the hit took its own few clocks.
  CHECK(dynamic_cast<RtlCache&>(*cache).cycles() <= 10);
}

TEST_CASE("a page invalidation takes three set probes, an invalidation by context a walk of every set") {
  Bench bench(TimingMode::kTimed);
  const auto cache = make_translation_cache(CacheImpl::kRtl, "tbu0_tlb", kSmall,
                                            {.hit_ps = 0, .clock_ps = 1'000}, bench.timing, bench.bus);
  u64 page_ps = 0, context_ps = 0;
  sc_core::sc_spawn([&] {
    cache->invalidate(
        {.scope = core::Invalidation::Scope::kVa, .context = 1, .first = 0x5000, .last = 0x5FFF});
    page_ps = Timing::now_ps();
    cache->invalidate({.scope = core::Invalidation::Scope::kContext, .context = 1});
    context_ps = Timing::now_ps() - page_ps;
  });
  sc_core::sc_start();
  CHECK(context_ps - page_ps == (8 - 3) * 1'000);
}

TEST_CASE("in untimed mode the caller runs the clock and simulated time does not advance") {
  Bench bench(TimingMode::kUntimed);
  const auto cache = make_translation_cache(CacheImpl::kLockstep, "tbu0_tlb", kSmall,
                                            {.hit_ps = 0, .clock_ps = 1'000}, bench.timing, bench.bus);
  const auto first = cache->lookup({.context = 1, .va = 0x5123});
  REQUIRE(first.status == LookupStatus::kMiss);
  const core::Translation entry = page_at(0x5123);
  CHECK_FALSE(cache->fill(first.mshr, &entry).dropped);
  CHECK(cache->lookup({.context = 1, .va = 0x5FFF}).entry == entry);
  CHECK(Timing::now_ps() == 0);
  for (const std::string& mismatch : bench.mismatches) FAIL_CHECK(mismatch);
}

TEST_CASE("a size that was not built is refused with a list of the available sizes") {
  Bench bench(TimingMode::kUntimed);
  const core::CacheConfig odd{.sets = 2, .ways = 8, .block_entries = 4, .mshrs = 4};
  CHECK_THROWS_WITH_AS(make_translation_cache(CacheImpl::kRtl, "ep0_atc", odd,
                                              {.hit_ps = 0, .clock_ps = 1'000}, bench.timing, bench.bus),
                       doctest::Contains("ep0_atc: translation_cache was not built with sets=2 ways=8"),
                       std::invalid_argument);
}

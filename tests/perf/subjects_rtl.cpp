// The Verilated cache of 512 entries.
#include "testbench/machine/rtl_adapter/make_translation_cache.h"
#include "testbench/machine/rtl_adapter/rtl_cache.h"
#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "tests/perf/subjects.h"

namespace smmu_vp::perf {

namespace {

constexpr core::CacheConfig kSize{.sets = 128, .ways = 4, .block_entries = 16, .mshrs = 16};
constexpr unsigned kHotPages = 16;

core::LookupKey key_of(unsigned i) {
  core::LookupKey key;
  key.context = 0x42;
  key.va = 0x7f12'3440'0000 + 4096 * (i % kHotPages);
  return key;
}

// Clock cycles with a lookup each.
class Clock : public Subject {
 public:
  bool run() override {
    if (model_->settle({.lookup = &key_}).lookup_accepted) key_ = key_of(++i_);
    model_->rise();
    return true;
  }

 private:
  std::unique_ptr<tb::CacheModel> model_ = tb::make_cache_model(kSize, "raw");
  core::LookupKey key_ = key_of(0);
  unsigned i_ = 0;
};

class Lookup : public Subject {
 public:
  void start() override {
    for (unsigned i = 0; i < kHotPages; ++i) {
      const core::LookupKey key = key_of(i);
      const core::LookupResult miss = cache_->lookup(key);
      const core::Translation page{.va = key.va, .pa = key.va, .rights = {.user_read = true}};
      if (miss.status == core::LookupStatus::kMiss) cache_->fill(miss.mshr, &page);
    }
  }
  bool run() override { return cache_->lookup(key_of(i_++)).status == core::LookupStatus::kHit; }

 private:
  transport::Timing untimed_{transport::TimingMode::kUntimed};
  trace::Bus nobody_{[] { return transport::Timing::now_ps(); }};
  std::unique_ptr<core::TranslationCachePort> cache_ = tb::make_translation_cache(
      tb::CacheImpl::kRtl, "rtl", kSize, {.hit_ps = 0, .clock_ps = 1000}, untimed_, nobody_);
  unsigned i_ = 0;
};

}  // namespace

std::unique_ptr<Subject> rtl_clock() {
  return std::make_unique<Clock>();
}
std::unique_ptr<Subject> rtl_lookup() {
  return std::make_unique<Lookup>();
}

}  // namespace smmu_vp::perf

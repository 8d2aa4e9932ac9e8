// One operation at a time on a cache, as named calls, for the tests of single behaviours. Drives the RTL
// through its channels, or the reference, as the contract applies to both.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "testbench/machine/rtl_adapter/cache_driver.h"
#include "testbench/machine/rtl_adapter/rtl_models.h"

namespace smmu_vp::tb {

class DirectedCache {
 public:
  explicit DirectedCache(const core::CacheConfig& config)
      : model_(make_cache_model(config, "cache")), driver_(*model_) {
    model_->on_assertion = [](const std::string& what) { FAIL_CHECK(what); };
  }

  // Runs the clock until the operation is done.
  template <typename Operation>
  auto finish(Operation& op) {
    driver_.submit(op);
    for (int cycle = 0; !op.done && cycle < 5000; ++cycle) driver_.cycle();
    REQUIRE(op.done);
    return op.result;
  }

  core::LookupResult lookup(const core::LookupKey& key) {
    LookupOperation op{.request = key};
    return finish(op);
  }
  core::FillResult fill(u8 mshr, const core::Translation& entry) {
    FillOperation op{.request = {.mshr = mshr, .present = true, .entry = entry}};
    return finish(op);
  }
  core::FillResult fill_fault(u8 mshr) {
    FillOperation op{.request = {.mshr = mshr, .present = false, .entry = {}}};
    return finish(op);
  }
  core::InvalidateResult invalidate(const core::Invalidation& what) {
    InvalidateOperation op{.request = what};
    return finish(op);
  }

  // Looks the page up, expects a miss, and fills it.
  core::FillResult load(const core::LookupKey& key, const core::Translation& entry) {
    const core::LookupResult answer = lookup(key);
    REQUIRE(answer.status == core::LookupStatus::kMiss);
    return fill(answer.mshr, entry);
  }
  bool hits(const core::LookupKey& key) {
    const core::LookupResult answer = lookup(key);
    if (answer.status == core::LookupStatus::kMiss) fill_fault(answer.mshr);
    return answer.status == core::LookupStatus::kHit;
  }

  CacheDriver& driver() { return driver_; }

 private:
  std::unique_ptr<CacheModel> model_;
  CacheDriver driver_;
};

// A translation of `bytes`, part of a stage-1 leaf of `leaf` (0: the same size), to pa = va + 2^40.
inline core::Translation mapping(u64 va, u8 log2_size, u8 leaf = 0) {
  const u64 base = va & ~((u64{1} << log2_size) - 1);
  return {.va = base,
          .pa = base + (u64{1} << 40),
          .log2_size = log2_size,
          .leaf_log2_size = leaf != 0 ? leaf : log2_size,
          .rights = {.user_read = true},
          .memory_attributes = 0xFF,
          .shareability = 3};
}

}  // namespace smmu_vp::tb

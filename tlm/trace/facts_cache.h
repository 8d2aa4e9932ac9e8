// Facts the translation caches announce, in a TBU or in a device.
#pragma once

#include "tlm/spec/translation_cache.h"
#include "tlm/trace/fact.h"

namespace smmu_vp::trace {

// `compared`: the answer was compared with the reference's. It is not logged, so that runs with lockstep and
// with RTL alone have the same events.jsonl.
struct CacheLookup {
  std::string_view site;  // tbu0_tlb, ep0_atc, ...
  u32 context;
  u64 va;
  spec::LookupStatus status;
  u32 mshr;
  bool compared = false;
  SMMU_VP_FACT("cache.lookup") {
    f("site", site), f("context", context), f("va", Hex{va}), f("status", to_string(status)), f("mshr", mshr);
  }
};
struct CacheFill {
  std::string_view site;
  u32 mshr;
  bool dropped;
  u64 va, pa;
  bool compared = false;
  SMMU_VP_FACT("cache.fill") {
    f("site", site), f("mshr", mshr), f("dropped", dropped), f("va", Hex{va}), f("pa", Hex{pa});
  }
};
struct CacheInvalidate {
  std::string_view site;
  spec::InvalidationScope scope;
  u32 context;
  u64 first, last, entries, poisoned;
  bool compared = false;
  SMMU_VP_FACT("cache.invalidate") {
    f("site", site), f("scope", to_string(scope)), f("context", context), f("first", Hex{first}),
        f("last", Hex{last});
    f("entries", entries), f("poisoned", poisoned);
  }
};
// Lockstep difference or a failed RTL assertion.
struct CacheMismatch {
  std::string_view site;
  std::string what;
  SMMU_VP_FACT("cache.mismatch") { f("site", site), f("what", std::string_view{what}); }
};

}  // namespace smmu_vp::trace

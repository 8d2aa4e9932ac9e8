// Translation tables that memory led to no more when the invalidation of that was complete: no walk may begin at one of
// them, as only a walk cache can lead there (3.21.1). Judged of the first descriptor that a walk reads in its own stage,
// not of the walks of stage 2 under stage 1.
#pragma once

#include <functional>
#include <unordered_map>

#include "testbench/observe/monitors/hardware/translation_shadow.h"

namespace smmu_vp::tb {

class Flights;

class EndedTables {
 public:
  // A walk of `who` for `va` read its first descriptor in a table that the ended entry led to.
  using OnBegun = std::function<void(const CachedEntry& ended, const spec::Requester& who, u64 va, u64 t_ps)>;
  EndedTables(trace::Bus& bus, TranslationShadow& cached, const MemoryView& memory, const Flights& flights,
              OnBegun told);

 private:
  struct Ended {
    CachedEntry entry;
    u64 number;  // of those before it, one more
  };
  struct Walk {
    u64 ended_before;    // the number of the last that had
    bool reads = false;  // has read a descriptor of its own stage
  };
  void remember(const CachedEntry& e);
  void forget(const CachedEntry& e);
  void on_read(const trace::WalkRead& f, u64 t_ps);
  bool cached_still(const CachedEntry& ended) const;
  bool memory_leads_there(const CachedEntry& ended, const Regime& regime);

  TranslationShadow& cached_;
  const MemoryView& memory_;
  const Flights& flights_;
  OnBegun told_;
  std::unordered_map<u64, Ended> ended_;  // by the page of the table
  u64 number_ = 0;
  FlatMap<Walk> walks_;  // in flight
  Outcome now_;
};

}  // namespace smmu_vp::tb

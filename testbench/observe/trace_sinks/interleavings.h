// Counts how often a run met each interleaving of interest, from facts. A run proves nothing about what it did not meet.
#pragma once

#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

enum class Interleaving : u8 {
#define INTERLEAVING(name, what) name,
#include "testbench/observe/trace_sinks/interleavings.def"
};
struct InterleavingInfo {
  std::string_view name, what;
};
inline constexpr InterleavingInfo kInterleavings[] = {
#define INTERLEAVING(name, what) {#name, what},
#include "testbench/observe/trace_sinks/interleavings.def"
};

class Interleavings {
 public:
  explicit Interleavings(trace::Bus& bus);
  Interleavings(const Interleavings&) = delete;
  Interleavings& operator=(const Interleavings&) = delete;

  u64 count(Interleaving which) const { return counts_[static_cast<std::size_t>(which)]; }

 private:
  using Id = std::pair<u8, u64>;  // SMMU, and number of the transaction
  struct Transaction {
    spec::Requester who;
    bool prefetch = false, request = false;
    bool walking = false, nested = false, table_fetch = false, stage2 = false, translated = false,
         stalled = false;
    u32 asid = 0;
    u64 va = 0;  // of its walk
    void has_read(const trace::WalkRead& f);
  };
  // A miss of a TLB or ATC, until its fill.
  struct Miss {
    u32 context;
    u64 va;
    u64 merged = 0;
    bool walked = false;
  };
  using MissId = std::pair<std::string_view, u32>;  // site and MSHR; a site's name lives as long as its cache
  struct Span {
    u64 begin_ps, end_ps;
    bool has(u64 t_ps) const { return begin_ps <= t_ps && t_ps <= end_ps; }
  };
  struct AtcInvalidation {
    spec::Requester who;
    u64 first, last;
    Span span;
  };

  void listen_to_transactions(trace::Bus& bus);
  void listen_to_caches(trace::Bus& bus);
  void listen_to_the_device(trace::Bus& bus);
  void listen_to_software(trace::Bus& bus);
  void invalidated(const trace::TlbInvalidated& f);
  void invalidated(const trace::CacheInvalidate& f);
  void synced(const trace::SyncBegin& f);
  void accessed(const trace::DeviceAccess& f, u64 t_ps);
  void released(u64 mm, u64 t_ps);
  void ended(const trace::Operation& f);
  void met(Interleaving which, bool really = true) {
    counts_[static_cast<std::size_t>(which)] += really ? 1 : 0;
  }

  std::array<u64, std::size(kInterleavings)> counts_{};
  std::map<Id, Transaction> transactions_;
  std::map<MissId, Miss> misses_;
  std::vector<AtcInvalidation> atc_invalidations_;           // the latest
  std::map<u64, std::map<std::pair<u32, u32>, u32>> bound_;  // by address space: (StreamID, PASID) -> ASID
  std::map<std::pair<u32, u32>, u32> groups_;                // not answered: (StreamID, group) -> PASID
  std::map<std::pair<u32, u32>, u32> served_;                // (StreamID, group) -> PASID
  std::map<u64, u64> invalidating_;                          // by address space: how many are in progress
  u64 syncs_ = 0;                                            // in progress
  std::vector<u64> releases_ps_, overflows_ps_;
};

}  // namespace smmu_vp::tb

// The channels of one Verilated translation cache of any configuration, with one virtual call for each half
// of a clock cycle. No SystemC, so that tests and benchmarks can clock it themselves.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tlm/core/reference_cache.h"
#include "tlm/core/translation_cache.h"

class VerilatedFstC;

namespace smmu_vp::tb {

struct FillRequest {
  u8 mshr = 0;
  bool present = false;  // false: the walk faulted
  core::Translation entry;
};

class CacheModel {
 public:
  // The inputs at the next clock edge; a null request leaves the channel idle.
  struct Inputs {
    const core::LookupKey* lookup = nullptr;
    const FillRequest* fill = nullptr;
    const core::Invalidation* invalidate = nullptr;
    bool take_lookup = true, take_fill = true, take_invalidate = true;  // ready for answers
  };
  // The handshakes at the next clock edge.
  struct Edge {
    bool lookup_accepted = false, fill_accepted = false, invalidate_accepted = false;
    bool lookup_committed = false;  // fills and invalidations commit when accepted
    bool lookup_answered = false, fill_answered = false, invalidate_answered = false;
  };

  virtual ~CacheModel() = default;

  virtual Edge settle(const Inputs& inputs) = 0;  // clock low
  virtual void rise() = 0;
  virtual void fall() = 0;  // for waves only: settle() also lowers the clock

  // Valid if the last settle() reported an answer.
  virtual core::LookupResult lookup_answer() const = 0;
  virtual core::FillResult fill_answer() const = 0;
  virtual core::InvalidateResult invalidate_answer() const = 0;

  struct Place {
    bool block_bank;
    unsigned set, way;  // the block bank ignores the set
  };
  virtual core::ReferenceCache::Slot slot(const Place& at) = 0;  // the debug read port
  virtual void trace(VerilatedFstC& file) = 0;

  // Called with the property's name and meaning whenever an RTL assertion fails.
  std::function<void(const std::string&)> on_assertion;
};

// The model being evaluated. A failing assertion does not say in which model it failed.
extern CacheModel* evaluating;

}  // namespace smmu_vp::tb

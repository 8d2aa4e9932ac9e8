// A TBU's TLB, and the accesses that wait for one of its miss-status registers. A register that is released goes to the
// access that has waited longest; it looks up again before any younger access may. So every access is served after a
// bounded number of walks, and no walk runs outside a register (docs/ordering.md, rule 4).
#pragma once

#include <systemc>

#include <array>
#include <list>

#include "tlm/core/translation_cache.h"

namespace smmu_vp::smmu {

class Tlb {
 public:
  explicit Tlb(core::TranslationCachePort& cache) : cache_(cache) {}
  Tlb(const Tlb&) = delete;
  Tlb& operator=(const Tlb&) = delete;

  // How many registers have been released so far.
  u64 releases() const { return releases_; }

  // Each may block. After kMiss the caller fills the register.
  core::LookupResult lookup(const core::LookupKey& key) {
    while (turn_ != nullptr) sc_core::wait(gate_);
    return look_up(key);
  }
  // Waits for the access's turn after a lookup that answered kMerged or kFull, and looks up again, until it is a hit or
  // has a register. `releases` is what there was of them before that lookup.
  core::LookupResult wait_and_look_up(const core::LookupKey& key, core::LookupResult found, u64 releases);
  void fill(u8 mshr, const core::Translation* entry_or_null);
  void invalidate(const core::Invalidation& what) { cache_.invalidate(what); }

 private:
  struct Waiter;
  using Queue = std::list<Waiter>;
  struct Waiter {
    core::LookupKey key;
    u64 age = 0;
    bool called = false;
    bool orphan = false;  // what it was merged with ended without an entry
    Queue* in = nullptr;
    sc_core::sc_event wake;
  };
  class Waiting;

  core::LookupResult look_up(const core::LookupKey& key) {
    const u64 before = releases_;
    const core::LookupResult found = cache_.lookup(key);
    if (found.status == core::LookupStatus::kMiss)
      took(key, found.mshr);
    else if (found.status == core::LookupStatus::kFull && releases_ == before)
      spare_ = 0;
    return found;
  }
  void took(const core::LookupKey& key, u8 mshr);
  void move(Queue::iterator waiter, Queue& to);
  void queue_by_age(Queue::iterator waiter);
  void call(Queue::iterator waiter);
  void call_next();
  void leave(Queue::iterator waiter);

  core::TranslationCachePort& cache_;
  u64 releases_ = 0, ages_ = 0;
  u64 spare_ = 0;                 // registers known to be free
  std::size_t orphans_ = 0;       // in queue_
  Queue queue_;                   // wait for any register, oldest first
  std::array<Queue, 64> merged_;  // wait for this register's walk
  Queue called_, idle_;
  const Waiter* turn_ = nullptr;  // nobody younger looks up before it is served
  Queue::iterator turn_at_;
  sc_core::sc_event gate_;
};

}  // namespace smmu_vp::smmu

// Operations in flight on one cache, whoever decides what comes next: judged, counted, and listed so that they can be
// repeated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testbench/machine/rtl_adapter/contract_checker.h"
#include "testbench/machine/rtl_adapter/lockstep_checker.h"
#include "testbench/runs/cosim/operation_list.h"

namespace smmu_vp::tb {

// The cycles from acceptance to answer of one kind of operation.
struct Latency {
  u64 count = 0, least = 0, most = 0, sum = 0;
  void add(u64 cycles);
};

struct TrafficResult {
  std::vector<std::string> assertions;        // each distinct one, in the order they failed
  std::vector<ContractViolation> violations;  // the first of each rule
  std::string difference;                     // from the reference, or the first violation; empty: none
  u64 compared = 0;                           // answers judged
  u64 cycles = 0;
  u64 hits = 0, misses = 0, merged = 0, full = 0, filled = 0, dropped = 0, overtaken = 0, invalidations = 0;
  Latency lookup, fill, invalidate;
  bool clean() const { return difference.empty() && assertions.empty(); }
};

// Is told of each half of a clock cycle before it changes the model.
struct CycleWatch {
  virtual ~CycleWatch() = default;
  virtual void before_low(u64 cycle) = 0;
  virtual void before_rise(u64 cycle) = 0;
};

class Traffic {
 public:
  // Judged by lockstep with the reference; without one, by the contract alone.
  Traffic(CacheModel& model, std::optional<core::ReferenceCache> reference);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  void listen(CommitListener& listener) { driver_.listen(listener); }
  void watch(CycleWatch& watch) { watch_ = &watch; }

  // A miss whose fill has not been sent.
  struct Owed {
    u8 mshr;
    core::LookupKey key;
    u64 lookup;  // its number
  };
  const std::vector<Owed>& owed() const { return owed_; }
  bool in_flight(u64 lookup) const;

  void lookup(const core::LookupKey& key) { lookup({.number = next_lookup_, .key = key}); }
  void lookup(const ListedLookup& lookup);
  void fill(std::size_t owed, bool present, const core::Translation& entry);
  void invalidate(const core::Invalidation& what);
  std::size_t lookups_in_flight() const { return lookups_.size(); }
  std::size_t invalidations_in_flight() const { return invalidations_.size(); }

  void cycle(const CacheDriver::Take& take);
  // Submits nothing more and takes every answer, until all are there or the cache is stuck.
  void drain();

  u64 answers() const { return answers_; }
  const TrafficResult& result() const { return result_; }
  // From now on everything is listed.
  void keep_list() { listing_ = true; }
  const OperationList& list() const { return list_; }

 private:
  struct Lookup : LookupOperation {
    u64 number = 0;
  };
  void settle(const Lookup& op);
  void note_violation(const ContractViolation& violation);
  template <typename What>
  void note(const What& what) {
    if (listing_) list_.push_back({result_.cycles, what});
  }

  std::unique_ptr<LockstepChecker> lockstep_;
  ContractChecker contract_;
  CacheDriver driver_;
  CacheDriver::Take take_;
  CycleWatch* watch_ = nullptr;
  TrafficResult result_;
  OperationList list_;
  bool listing_ = false;
  u64 answers_ = 0;
  u64 next_lookup_ = 0;
  bool stuck_ = false;
  std::vector<std::unique_ptr<Lookup>> lookups_;
  std::vector<std::unique_ptr<FillOperation>> fills_;
  std::vector<std::unique_ptr<InvalidateOperation>> invalidations_;
  std::vector<Owed> owed_;
};

}  // namespace smmu_vp::tb

// Drives operations through a CacheModel's channels and notifies listeners when each takes effect, in the
// order that the RTL defines. Clocked by its owner; no SystemC.
#pragma once

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

#include "testbench/machine/rtl_adapter/cache_model.h"

namespace smmu_vp::tb {

template <typename Request, typename Result>
struct CacheOperation {
  Request request;
  Result result{};    // valid once done
  Result expected{};  // what a checking listener expects
  bool done = false;
  u64 order = 0;   // among all operations, the order in which they take effect; 0 before
  u64 cycles = 0;  // from acceptance to answer; until then the cycle of acceptance
};
using LookupOperation = CacheOperation<core::LookupKey, core::LookupResult>;
using FillOperation = CacheOperation<FillRequest, core::FillResult>;
using InvalidateOperation = CacheOperation<core::Invalidation, core::InvalidateResult>;

class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void committed(LookupOperation&) = 0;
  virtual void committed(FillOperation&) = 0;
  virtual void committed(InvalidateOperation&) = 0;
  virtual void answered(const LookupOperation&) = 0;
  virtual void answered(const FillOperation&) = 0;
  virtual void answered(const InvalidateOperation&) = 0;
  // The cache accepted or answered an operation that was not submitted.
  virtual void unasked(std::string_view /*channel*/) {}
  // An operation has made no progress for CacheDriver::kMostIdleCycles, although answers are taken.
  virtual void stalled(std::string_view /*channel*/) {}
};

class CacheDriver {
 public:
  // Which answers to accept in this cycle; a test refuses them to exercise back-pressure.
  struct Take {
    bool lookup = true, fill = true, invalidate = true;
    bool operator==(const Take&) const = default;
  };
  struct Answered {
    LookupOperation* lookup = nullptr;
    FillOperation* fill = nullptr;
    InvalidateOperation* invalidate = nullptr;
  };

  // More than the walk over any cache takes.
  static constexpr u64 kMostIdleCycles = 100'000;
  static constexpr std::string_view kLookupChannel = "lookup", kFillChannel = "fill",
                                    kInvalidateChannel = "invalidate";

  explicit CacheDriver(CacheModel& model) : model_(model) {}
  void listen(CommitListener& listener) { listeners_.push_back(&listener); }

  // The operation must stay at its address until it is done.
  void submit(LookupOperation& op) { lookups_.waiting.push_back(&op); }
  void submit(FillOperation& op) { fills_.waiting.push_back(&op); }
  void submit(InvalidateOperation& op) { invalidations_.waiting.push_back(&op); }
  bool idle() const { return lookups_.idle() && fills_.idle() && invalidations_.idle(); }
  // Whether an operation has made no progress for kMostIdleCycles.
  bool stalled() const { return stalled(lookups_) || stalled(fills_) || stalled(invalidations_); }

  // One clock cycle: the low half, then the rising edge; `before_rise` runs in between.
  template <typename BeforeRise>
  Answered cycle(Take take, BeforeRise before_rise) {
    const Answered answered = settle(take);
    before_rise();
    model_.rise();
    return answered;
  }
  Answered cycle(Take take) {
    return cycle(take, [] {});
  }
  Answered cycle() { return cycle(Take{}); }

 private:
  template <typename Operation>
  struct Channel {
    std::string_view name;
    std::deque<Operation*> waiting;    // not accepted
    std::deque<Operation*> accepted;   // not committed (lookups only)
    std::deque<Operation*> committed;  // not answered
    u64 progress = 0;                  // the latest cycle in which an operation made some, or there was none
    bool idle() const { return waiting.empty() && accepted.empty() && committed.empty(); }
  };

  Answered settle(Take take);
  template <typename Operation>
  bool stalled(const Channel<Operation>& channel) const {
    return cycle_ - channel.progress >= kMostIdleCycles;
  }
  // Removes and returns the first of `from`; null, after telling the listeners, if it is empty.
  template <typename Operation>
  Operation* take_first(std::deque<Operation*>& from, const Channel<Operation>& channel);
  template <typename Operation>
  void commit(std::deque<Operation*>& from, Channel<Operation>& channel);
  template <typename Operation>
  void note_acceptance(Channel<Operation>& channel);
  // After a cycle: whether an operation made progress, and if none does for too long, tells the listeners.
  template <typename Operation>
  void watch(Channel<Operation>& channel, bool progress);
  template <typename Operation, typename Result>
  Operation* answer(Channel<Operation>& channel, const Result& result);

  CacheModel& model_;
  std::vector<CommitListener*> listeners_;
  u64 cycle_ = 0;
  u64 order_ = 0;
  Channel<LookupOperation> lookups_{kLookupChannel, {}, {}, {}};
  Channel<FillOperation> fills_{kFillChannel, {}, {}, {}};
  Channel<InvalidateOperation> invalidations_{kInvalidateChannel, {}, {}, {}};
};

}  // namespace smmu_vp::tb

// The bookkeeping of operations in flight.
#include "testbench/runs/cosim/traffic.h"

#include <algorithm>
#include <utility>

namespace smmu_vp::tb {

using core::LookupStatus;

namespace {

template <typename T, typename Operation>
void drop(std::vector<std::unique_ptr<T>>& from, const Operation* op) {
  const auto it = std::find_if(from.begin(), from.end(), [&](const auto& p) { return p.get() == op; });
  from.erase(it);
}

}  // namespace

void Latency::add(u64 cycles) {
  least = count == 0 ? cycles : std::min(least, cycles);
  most = std::max(most, cycles);
  sum += cycles;
  ++count;
}

Traffic::Traffic(CacheModel& model, std::optional<core::ReferenceCache> reference) : driver_(model) {
  if (reference) {
    lockstep_ = std::make_unique<LockstepChecker>(model, *std::move(reference));
    lockstep_->on_difference = [this](const std::string& what) { result_.difference = what; };
    driver_.listen(*lockstep_);
  } else {
    contract_.on_violation = [this](const ContractViolation& violation) { note_violation(violation); };
    driver_.listen(contract_);
  }
  model.on_assertion = [this](const std::string& what) {
    if (std::find(result_.assertions.begin(), result_.assertions.end(), what) == result_.assertions.end())
      result_.assertions.push_back(what);
  };
}

void Traffic::note_violation(const ContractViolation& violation) {
  result_.violations.push_back(violation);
  if (result_.difference.empty()) result_.difference = violation.text();
  stuck_ = stuck_ || violation.rule == ContractRule::kUnanswered;
}

bool Traffic::in_flight(u64 lookup) const {
  return std::any_of(lookups_.begin(), lookups_.end(), [&](const auto& l) { return l->number == lookup; });
}

void Traffic::lookup(const ListedLookup& lookup) {
  note(lookup);
  next_lookup_ = std::max(next_lookup_, lookup.number + 1);
  auto op = std::make_unique<Lookup>();
  op->request = lookup.key;
  op->number = lookup.number;
  driver_.submit(*op);
  lookups_.push_back(std::move(op));
}

void Traffic::fill(std::size_t owed, bool present, const core::Translation& entry) {
  const Owed miss = owed_[owed];
  owed_.erase(owed_.begin() + static_cast<std::ptrdiff_t>(owed));
  note(ListedFill{.lookup = miss.lookup, .present = present, .entry = entry});
  fills_.push_back(std::make_unique<FillOperation>());
  fills_.back()->request = {.mshr = miss.mshr, .present = present, .entry = entry};
  driver_.submit(*fills_.back());
}

void Traffic::invalidate(const core::Invalidation& what) {
  note(what);
  invalidations_.push_back(std::make_unique<InvalidateOperation>());
  invalidations_.back()->request = what;
  driver_.submit(*invalidations_.back());
}

void Traffic::settle(const Lookup& op) {
  switch (op.result.status) {
    case LookupStatus::kHit:
      ++result_.hits;
      break;
    case LookupStatus::kMiss:
      ++result_.misses;
      owed_.push_back({op.result.mshr, op.request, op.number});
      break;
    case LookupStatus::kMerged:
      ++result_.merged;
      break;
    case LookupStatus::kFull:
      ++result_.full;
      break;
  }
}

void Traffic::cycle(const CacheDriver::Take& take) {
  if (take != take_) note(take);
  take_ = take;
  if (watch_ != nullptr) watch_->before_low(result_.cycles);
  const CacheDriver::Answered answered = driver_.cycle(take, [this] {
    if (watch_ != nullptr) watch_->before_rise(result_.cycles);
  });
  if (answered.lookup != nullptr) {
    ++answers_;
    result_.lookup.add(answered.lookup->cycles);
    settle(static_cast<const Lookup&>(*answered.lookup));
    drop(lookups_, answered.lookup);
  }
  if (answered.fill != nullptr) {
    ++answers_;
    result_.fill.add(answered.fill->cycles);
    if (answered.fill->result.overtaken) ++result_.overtaken;
    ++(answered.fill->result.dropped ? result_.dropped : result_.filled);
    drop(fills_, answered.fill);
  }
  if (answered.invalidate != nullptr) {
    ++answers_;
    result_.invalidate.add(answered.invalidate->cycles);
    ++result_.invalidations;
    drop(invalidations_, answered.invalidate);
  }
  ++result_.cycles;
  result_.compared = lockstep_ ? lockstep_->compared() : contract_.judged();
}

void Traffic::drain() {
  const u64 latest = result_.cycles + 2 * CacheDriver::kMostIdleCycles;
  while (!driver_.idle() && !stuck_ && result_.cycles < latest) cycle({});
}

}  // namespace smmu_vp::tb

// Delta debugging of operation lists (Zeller's ddmin, with complements only).
#include "testbench/runs/cosim/replay.h"

#include <algorithm>
#include <utility>

namespace smmu_vp::tb {

namespace {

// The operations of a list, submitted in their cycles.
class Player {
 public:
  Player(const OperationList& list, Traffic& traffic)
      : next_(list.begin()), end_(list.end()), traffic_(traffic) {}

  bool done() const { return next_ == end_ && (fills_.empty() || waited_ > kMostWaits); }
  void cycle() {
    for (; next_ != end_ && next_->cycle <= traffic_.result().cycles; ++next_) std::visit(*this, next_->what);
    submit_fills();
    traffic_.cycle(take_);
    if (next_ == end_) ++waited_;
  }

  void operator()(const ListedLookup& lookup) { traffic_.lookup(lookup); }
  void operator()(const ListedFill& fill) { fills_.push_back(fill); }
  void operator()(const core::Invalidation& what) { traffic_.invalidate(what); }
  void operator()(const CacheDriver::Take& take) { take_ = take; }

 private:
  void submit_fills() {
    std::erase_if(fills_, [&](const ListedFill& fill) {
      const auto& owed = traffic_.owed();
      const auto miss = std::ranges::find(owed, fill.lookup, &Traffic::Owed::lookup);
      if (miss == owed.end()) return !traffic_.in_flight(fill.lookup);
      traffic_.fill(static_cast<std::size_t>(miss - owed.begin()), fill.present, fill.entry);
      return true;
    });
  }

  OperationList::const_iterator next_, end_;
  Traffic& traffic_;
  static constexpr unsigned kMostWaits = 1000;  // cycles for an answer, after the list

  std::vector<ListedFill> fills_;  // whose lookups are not answered
  unsigned waited_ = 0;
  CacheDriver::Take take_;
};

bool differs(const Bench& bench, const OperationList& list) {
  return !Replay(bench).play(list).clean();
}

OperationList without(const OperationList& list, std::size_t first, std::size_t count) {
  OperationList rest(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(first));
  rest.insert(rest.end(), list.begin() + static_cast<std::ptrdiff_t>(first + count), list.end());
  return rest;
}

// Leaves out parts of this many operations wherever it can; returns whether it could.
bool leave_out(const Bench& bench, OperationList& list, std::size_t size) {
  bool shorter = false;
  for (std::size_t first = 0; first < list.size();) {
    const std::size_t count = std::min(size, list.size() - first);
    if (OperationList rest = without(list, first, count); differs(bench, rest)) {
      list = std::move(rest);
      shorter = true;
    } else {
      first += count;
    }
  }
  return shorter;
}

// Moves each operation and all after it to as early a cycle as it can be.
void close_gaps(const Bench& bench, OperationList& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const u64 before = i == 0 ? 0 : list[i - 1].cycle;
    for (u64 gap = list[i].cycle - before; gap != 0;) {
      const u64 less = gap > 8 ? gap / 2 : 1;
      OperationList earlier = list;
      for (std::size_t later = i; later < list.size(); ++later) earlier[later].cycle -= less;
      if (!differs(bench, earlier)) break;
      list = std::move(earlier);
      gap -= less;
    }
  }
}

}  // namespace

const TrafficResult& Replay::play(const OperationList& list) {
  const TrafficResult& result = traffic_.result();
  for (Player player(list, traffic_); !player.done() && result.clean();) player.cycle();
  if (result.clean()) traffic_.drain();
  return result;
}

OperationList shrink(const Bench& bench, OperationList list) {
  for (std::size_t size = list.size() / 2; size > 1; size /= 2) leave_out(bench, list, size);
  // Closer together, operations may do without others that only bridged a gap.
  do {
    while (leave_out(bench, list, 1)) {
    }
    close_gaps(bench, list);
  } while (leave_out(bench, list, 1));
  return list;
}

}  // namespace smmu_vp::tb

// The same access faulting again and again although software answers each time that it may now go on. What it faulted
// on is the descriptor read last; as long as that changes, software makes progress.
#pragma once

#include <map>
#include <optional>
#include <tuple>

#include "testbench/observe/monitors/memory_view.h"
#include "tlm/spec/access.h"

namespace smmu_vp::tb {

struct FaultedPage {
  spec::Requester who;
  u64 page = 0;  // by number
  bool write = false;
  auto operator<=>(const FaultedPage&) const = default;
};

class FaultRepeats {
 public:
  // A livelock: so many faults in a row, each answered that the page is there. Legal histories come to a few, when
  // accesses that faulted before the answer are told after it.
  static constexpr unsigned kTooMany = 16;

  explicit FaultRepeats(const MemoryView& memory) : memory_(memory) {}

  // Software is told of a fault; `descriptor`, where it is known, is the address of the descriptor that decided it.
  // Returns how many such faults in a row this is, 1 for the first.
  unsigned faulted(const FaultedPage& page, std::optional<u64> descriptor) {
    Row& row = rows_[page];
    const std::optional<u64> value = value_of(descriptor);
    const bool again = row.answered && row.descriptor == descriptor && row.value == value;
    row = {.descriptor = descriptor, .value = value, .count = again ? row.count + 1 : 1, .answered = false};
    return row.count;
  }
  // Software has answered that the access may be tried again.
  void may_go_on(const FaultedPage& page) {
    const auto found = rows_.find(page);
    if (found == rows_.end()) return;
    Row& row = found->second;
    const std::optional<u64> value = value_of(row.descriptor);
    if (value != row.value) row.count = 0;
    row.value = value;
    row.answered = true;
  }
  // Software has refused it, or the device got what it asked for: the next fault begins another row.
  void over(const FaultedPage& page) { rows_.erase(page); }
  // Likewise of the pages up to `last`.
  void over(const FaultedPage& first, u64 last) {
    const auto end = rows_.upper_bound({first.who, last, true});
    for (auto row = rows_.lower_bound({first.who, first.page, false}); row != end;)
      row = row->first.write == first.write ? rows_.erase(row) : std::next(row);
  }

 private:
  struct Row {
    std::optional<u64> descriptor, value;
    unsigned count = 0;
    bool answered = false;
  };
  std::optional<u64> value_of(std::optional<u64> descriptor) const {
    return descriptor ? memory_.word(*descriptor) : std::nullopt;
  }

  const MemoryView& memory_;
  std::map<FaultedPage, Row> rows_;
};

}  // namespace smmu_vp::tb

// A list of operations on a cache, by the cycle in which each is submitted: what random traffic did, to be repeated,
// shortened, and kept as a directed test. docs/rtl_cache.md shows the text.
#pragma once

#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "testbench/machine/rtl_adapter/cache_driver.h"

namespace smmu_vp::tb {

struct ListedLookup {
  u64 number = 0;  // in the traffic that the list comes from; fills name it
  core::LookupKey key;
};
// The answer to the miss of that lookup; without a miss there is nothing to fill.
struct ListedFill {
  u64 lookup = 0;
  bool present = false;
  core::Translation entry;
};
struct ListedOperation {
  u64 cycle = 0;
  // A Take says which answers are taken from this cycle on.
  std::variant<ListedLookup, ListedFill, core::Invalidation, CacheDriver::Take> what;
};
using OperationList = std::vector<ListedOperation>;

// One line each.
std::string text_of(const OperationList& list);
// Throws std::invalid_argument, which names the line and what is wrong with it.
OperationList read_operations(std::istream& in);

}  // namespace smmu_vp::tb

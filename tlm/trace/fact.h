// How a fact is written: a plain struct whose visit() passes each field to `f(name, value)`, so that writers
// (events.jsonl, timeline, waves) need no field list of their own. Values wrapped in Hex are addresses and
// raw words; enumerations are written by their to_string(); strings are texts that are never parsed. Fields
// called `transaction` link a transaction's start and end; the numbers are per SMMU. A requester is written
// as `sid`, `ssv` and `ssid`. Sizes are bytes, times picoseconds.
#pragma once

#include <string>
#include <string_view>

#include "tlm/spec/access.h"

namespace smmu_vp::trace {

struct Hex {
  u64 value;
};

// Opens the body that lists a fact's fields; `name` is the fact's name in events.jsonl.
#define SMMU_VP_FACT(name)                        \
  static constexpr std::string_view kName = name; \
  template <typename F>                           \
  void visit([[maybe_unused]] F&& f) const

}  // namespace smmu_vp::trace

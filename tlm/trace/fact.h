// How a fact is written: a plain struct whose visit() hands each field to `f(name, value)`, so that writers
// (events.jsonl, timeline, waves) need no field list of their own. Values wrapped in Hex are addresses and
// raw words; string_view fields carry names from the manual. Fields called `transaction` link a transaction's
// start and end; `sid` is a StreamID, `ssid` a SubstreamID/PASID, `ssv` whether it is present. Sizes are
// bytes, times picoseconds.
#pragma once

#include <string>
#include <string_view>

#include "tlm/spec/types.h"

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

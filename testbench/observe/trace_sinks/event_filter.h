// Which facts an event log takes up, or a reader of one shows.
#pragma once

#include <algorithm>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct EventFilter {
  std::vector<std::string> kinds;      // names of facts; "smmu.*": all that begin so; empty: every kind
  u64 start_ps = 0, end_ps = ~u64{0};  // simulated time, inclusive
  std::vector<u32> pasids;             // facts that name one of them; empty: all facts

  bool operator==(const EventFilter&) const = default;
  bool takes_kind(std::string_view kind) const {
    return kinds.empty() || std::ranges::any_of(kinds, [kind](std::string_view pattern) {
             return pattern.ends_with('*') ? kind.starts_with(pattern.substr(0, pattern.size() - 1))
                                           : kind == pattern;
           });
  }
  bool takes_time(u64 t_ps) const { return t_ps >= start_ps && t_ps <= end_ps; }
  bool takes_pasid(std::optional<u32> named) const {
    return pasids.empty() || (named && std::ranges::find(pasids, *named) != pasids.end());
  }
};

// Collects the PASID that a fact names: pass it to the fact's visit().
class NamedPasid {
 public:
  template <typename Value>
  void operator()(std::string_view name, const Value& value) {
    if constexpr (std::same_as<Value, bool>) {
      if (name == "ssv") present_ = value;
    } else if constexpr (std::integral<Value>) {
      if (name == "ssid" || name == "pasid") pasid_ = static_cast<u32>(value);
    }
  }
  std::optional<u32> pasid() const { return present_ ? pasid_ : std::nullopt; }

 private:
  bool present_ = true;  // unless `ssv` says otherwise
  std::optional<u32> pasid_;
};

}  // namespace smmu_vp::tb

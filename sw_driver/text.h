// Builds log lines from pieces.
#pragma once

#include <string>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

template <typename... Pieces>
std::string text(const Pieces&... pieces) {
  std::string all;
  (all.append(std::string_view(pieces)), ...);
  return all;
}

// "0x" and at least `digits` hexadecimal digits.
inline std::string hex(u64 value, unsigned digits = 1) {
  std::string reversed;
  do reversed.push_back("0123456789abcdef"[value & 15]);
  while ((value >>= 4) != 0 || reversed.size() < digits);
  std::string all = "0x";
  all.append(reversed.rbegin(), reversed.rend());
  return all;
}

}  // namespace smmu_vp::sw

// The platform's only source of randomness: seeded, with the same sequence on every host.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// SplitMix64. Each user takes its own stream, so that its draws do not shift another user's.
class Random {
 public:
  Random(u64 seed, u64 stream) : state_(seed * 0x9E37'79B9'7F4A'7C15u + stream * 0xD1B5'4A32'D192'ED03u) {
    next();
  }

  u64 next() {
    u64 z = (state_ += 0x9E37'79B9'7F4A'7C15u);
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9u;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBu;
    return z ^ (z >> 31);
  }
  // 0 .. n-1; n must not be 0.
  u64 below(u64 n) { return next() % n; }
  u64 between(u64 first, u64 last) { return first + below(last - first + 1); }

 private:
  u64 state_;
};

}  // namespace smmu_vp::tb

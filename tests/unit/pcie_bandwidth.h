// The bandwidth of many engines over one link, and published measurements of it (pcie-bench, SIGCOMM 2018:
// generation 3, 8 lanes, MPS 256, no PASID, addresses above 4 GB).
#pragma once

#include <array>

#include "tests/unit/pcie_system.h"

namespace smmu_vp::test {

struct Bandwidth {
  bool write;
  unsigned bytes;  // of each access
  double published_gbps;
};
inline constexpr std::array kBandwidths = {Bandwidth{true, 64, 42.1},    Bandwidth{true, 128, 48.75},
                                           Bandwidth{true, 256, 52.92},  Bandwidth{false, 64, 44.1},
                                           Bandwidth{false, 128, 50.06}, Bandwidth{false, 256, 53.69}};
inline constexpr pcie::LinkConfig kPublishedLink{
    .generation = 3, .lanes = 8, .latency_ns = 150, .mps = 256, .mrrs = 512};

// Gb/s of payload in simulated time. Call from a thread, with bus mastering enabled.
inline double simulated_gbps(System& s, const Bandwidth& what) {
  constexpr u64 kEngines = 64, kEach = 125;
  u64 running = kEngines;
  sc_core::sc_event ended;
  const u64 begin = transport::Timing::now_ps();
  for (u64 engine = 0; engine < kEngines; ++engine)
    System::spawn([&] {
      std::array<u8, 4096> data{};
      for (u64 i = 0; i < kEach; ++i)
        s.endpoint.inject({.kind = device::InjectKind::kTranslated,
                           .address = kRam,
                           .data = data.data(),
                           .bytes = what.bytes,
                           .intent = {.read = !what.write, .write = what.write}});
      --running;
      ended.notify();
    });
  while (running != 0) sc_core::wait(ended);
  s.smmu.seen.clear();
  const auto ps = static_cast<double>(transport::Timing::now_ps() - begin);
  return static_cast<double>(kEngines * kEach * what.bytes * 8) * 1000.0 / ps;
}

}  // namespace smmu_vp::test

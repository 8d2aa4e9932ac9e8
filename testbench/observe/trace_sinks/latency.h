// How long operations took, from the driver's own announcements and from facts that begin and end something.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class Latency {
 public:
  explicit Latency(trace::Bus& bus);
  Latency(const Latency&) = delete;
  Latency& operator=(const Latency&) = delete;

  struct Summary {
    u64 count = 0, min_ps = 0, mean_ps = 0, p50_ps = 0, p90_ps = 0, p99_ps = 0, max_ps = 0;
    std::map<std::string, u64> parts;  // means, which add up to mean_ps
    // Bin i counts durations in [edges_ps[i], edges_ps[i + 1]), the last bin also those at its end.
    std::vector<u64> edges_ps, counts;
  };
  // Of durations that something else took; they are not divided.
  static Summary summary_of(std::vector<u64> ps);
  // By operation.
  std::map<std::string, Summary> summaries() const;

 private:
  struct Samples {
    std::vector<u64> ps;
    std::map<std::string, u64, std::less<>> parts_ps;  // sums
  };
  Samples& add(std::string_view operation, u64 ps);

  std::map<std::string, Samples, std::less<>> samples_;
  std::unordered_map<u64, std::vector<trace::Operation>> parts_;  // by id, until the whole operation ends
  std::unordered_map<u64, u64> ats_began_;  // (requester, address) -> time; never iterated
};

}  // namespace smmu_vp::tb

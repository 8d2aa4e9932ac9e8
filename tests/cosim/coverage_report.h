// Verilator's coverage data: how many lines, branches, toggles and cover points were
// reached, and which were not.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class CoverageKind { kLine, kToggle, kPoint };

class CoverageReport {
 public:
  // Reads the file that Verilated::coverage wrote; the counts of a point in several instances are added up.
  explicit CoverageReport(const std::string& path);

  struct Tally {
    u64 reached = 0, all = 0;
    // 0 if there are no points.
    double percent() const {
      return all == 0 ? 0 : 100.0 * static_cast<double>(reached) / static_cast<double>(all);
    }
  };
  Tally tally(CoverageKind kind) const;
  // "file:line what", in order.
  std::vector<std::string> missed(CoverageKind kind) const;

 private:
  std::map<CoverageKind, std::map<std::string, u64>> counts_;
};

}  // namespace smmu_vp::tb

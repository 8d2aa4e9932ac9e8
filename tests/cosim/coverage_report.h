// What Verilator's coverage data says: how many lines, branches, toggles and cover points were reached, and
// which were not.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class CoverageKind { kLine, kToggle, kPoint };

class CoverageReport {
 public:
  // Reads what Verilated::coverage wrote; the counts of a point in several instances add up.
  explicit CoverageReport(const std::string& path);

  struct Tally {
    u64 reached = 0, all = 0;
    double percent() const {
      return all == 0 ? 100 : 100.0 * static_cast<double>(reached) / static_cast<double>(all);
    }
  };
  Tally tally(CoverageKind kind) const;
  // "file:line what", in order.
  std::vector<std::string> missed(CoverageKind kind) const;

 private:
  std::map<CoverageKind, std::map<std::string, u64>> counts_;
};

}  // namespace smmu_vp::tb

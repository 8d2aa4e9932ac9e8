// Questions about a workload's memory map.
#include "testbench/workload/workload.h"

#include <algorithm>

namespace smmu_vp::tb {

const Vma* find_vma(const std::vector<Vma>& vmas, u64 va, u64 bytes) {
  const auto after =
      std::upper_bound(vmas.begin(), vmas.end(), va, [](u64 a, const Vma& vma) { return a < vma.start; });
  if (after == vmas.begin()) return nullptr;
  const Vma& vma = *std::prev(after);
  return va < vma.end && bytes <= vma.end - va ? &vma : nullptr;
}

u64 unused_range(const std::vector<Vma>& vmas, u64 bytes) {
  const u64 wanted = (bytes + kWorkloadPage - 1) / kWorkloadPage * kWorkloadPage;
  u64 top = u64{1} << 47;
  for (auto vma = vmas.rbegin(); vma != vmas.rend(); ++vma) {
    if (vma->end <= top && top - vma->end >= wanted) break;
    top = std::min(top, vma->start);
  }
  return top >= wanted ? top - wanted : 0;
}

}  // namespace smmu_vp::tb

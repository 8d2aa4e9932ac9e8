// The memory map of a process as it changes: applies and checks map events, and finds the area of an access.
#pragma once

#include <optional>

#include "testbench/runs/workload/workload.h"

namespace smmu_vp::tb {

class MemoryMap {
 public:
  MemoryMap() = default;
  // `areas` must be sorted and disjoint.
  explicit MemoryMap(std::vector<Vma> areas);

  // Applies the event. If it is invalid, changes nothing and returns the reason: the range is empty,
  // unaligned or above kWorkloadEnd, a map overlaps an area, or a protection covers unmapped memory. As in
  // Linux, an unmap of unmapped memory is valid.
  std::optional<std::string> apply(const MapEvent& event);

  // Sorted and disjoint; adjacent areas with equal properties are merged.
  const std::vector<Vma>& areas() const { return areas_; }
  // The area that contains all the bytes, or null.
  const Vma* find(u64 va, u64 bytes) const;
  // The areas that overlap [start, end).
  std::vector<Vma> within(u64 start, u64 end) const;

 private:
  std::vector<Vma>::iterator cut(u64 va);
  void join();
  std::vector<Vma> areas_;
};

}  // namespace smmu_vp::tb

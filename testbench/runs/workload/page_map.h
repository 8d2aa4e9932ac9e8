// Maps a recorded memory map to a process whose pages may be larger than the recorded ones. Addresses stay
// the same. A page is mapped as long as any area in it is, and has the union of their permissions.
#pragma once

#include "testbench/runs/workload/memory_map.h"

namespace smmu_vp::tb {

struct PageChange {
  MapEvent::Kind kind;
  u64 start, end;  // aligned to the process's pages
  Rights rights;   // writable or executable implies readable, as on the recorded machine
  bool narrows;    // only removes permissions
};

class PageMap {
 public:
  explicit PageMap(u64 page_bytes) : page_bytes_(page_bytes) {}

  // The changes that a valid event makes in the process, in ascending order. With the recorded page size that
  // is the event itself.
  std::vector<PageChange> apply(const MapEvent& event);

 private:
  std::optional<Rights> rights_of(u64 page) const;
  void shared_page(u64 page, const std::optional<Rights>& before, std::vector<PageChange>& changes) const;

  u64 page_bytes_;
  MemoryMap recorded_;
};

}  // namespace smmu_vp::tb

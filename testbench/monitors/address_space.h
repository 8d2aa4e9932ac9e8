// What one process maps, by fact: each 4 KB page live, fading (removed, but its invalidation has not ended,
// so that caches may still use it) or gone.
#pragma once

#include <unordered_map>
#include <vector>

#include "testbench/monitors/flat_map.h"

namespace smmu_vp::tb {

class AddressSpace {
 public:
  void map(u64 va, u64 pa, u64 bytes, bool writable, u64 t_ps);
  void unmap(u64 va, u64 pa, u64 bytes, bool now_read_only);
  void begin_invalidation(u64 start, u64 end);
  void end_invalidation(u64 start, u64 end, u64 t_ps);
  void release(u64 t_ps);

  // Whether a translation of page number `page` to page number `target` may be used now.
  bool permits(u64 page, u64 target, bool write) const;
  // Whether some page may be translated to page number `target` now.
  bool permits_any(u64 target, bool write) const;
  // Whether the right has been missing for as long as since `since_ps`; a page that was never mapped is
  // nobody's loss.
  bool gone_since(u64 page, bool write, u64 since_ps) const;

 private:
  struct Page {
    u64 target = 0;
    u64 changed_ps = 0;  // when it was mapped, or when the last right it lost ended
    bool live = false, writable = false;
  };
  struct Faded {
    u64 target;
    u64 sequence;  // when it was removed; an invalidation must begin after that to end it
    bool writable;
  };
  struct Invalidation {
    u64 start, end;
    u64 sequence;
  };
  void fade(u64 page, u64 target, bool writable);
  void add_holder(u64 target, u64 page);
  void remove_holder(u64 target, u64 page);

  FlatMap<Page> pages_;
  FlatMap<std::vector<Faded>> fading_;
  FlatMap<u64> holder_;  // target page -> a page that is or was mapped to it
  std::unordered_map<u64, std::vector<u64>> more_holders_;  // the further ones, for shared memory
  std::vector<Invalidation> invalidations_;                 // begun and not ended
  u64 sequence_ = 0;
  bool released_ = false;
  u64 released_ps_ = 0;
};

}  // namespace smmu_vp::tb

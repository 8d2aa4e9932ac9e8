// The mappings of one process, from facts. Each 4 KB page is live, fading (removed, but caches may use it
// until its invalidation ends) or gone.
#pragma once

#include <unordered_map>
#include <vector>

#include "testbench/observe/monitors/flat_map.h"
#include "tlm/trace/facts_os.h"

namespace smmu_vp::tb {

class AddressSpace {
 public:
  void map(const trace::PageMapped& mapped, u64 t_ps);
  void unmap(const trace::PageUnmapped& unmapped);
  void begin_invalidation(u64 start, u64 end);
  void end_invalidation(u64 start, u64 end, u64 t_ps);
  void release(u64 t_ps);

  // From one page number to another.
  struct Translation {
    u64 page, target;
  };
  // Whether it may be used now.
  bool permits(const Translation& used, bool write) const;
  // Whether some page may be translated to page number `target` now.
  bool permits_any(u64 target, bool write) const;
  // Whether the right has been missing ever since `since_ps`. False for a page that was never mapped.
  bool gone_since(u64 page, bool write, u64 since_ps) const;

 private:
  struct Page {
    u64 target = 0;
    u64 changed_ps = 0;  // when it was mapped, or when the last right that it lost expired
    bool live = false, writable = false;
  };
  struct Faded {
    u64 target;
    u64 sequence;  // when it was removed; only an invalidation that begins later ends it
    bool writable;
  };
  struct Invalidation {
    u64 start, end;
    u64 sequence;
  };
  void fade(const Translation& lost, bool writable);
  void add_holder(const Translation& held);
  void remove_holder(const Translation& held);

  FlatMap<Page> pages_;
  FlatMap<std::vector<Faded>> fading_;
  FlatMap<u64> holder_;  // target page -> a page that is or was mapped to it
  std::unordered_map<u64, std::vector<u64>> more_holders_;  // further ones, for shared memory
  std::vector<Invalidation> invalidations_;                 // in progress
  u64 sequence_ = 0;
  bool released_ = false;
  u64 released_ps_ = 0;
};

}  // namespace smmu_vp::tb

// The address space of a device's traffic without a PASID, as the DMA API fills it: stage 1 tables of its own, which stay
// when they are empty (as io-pgtable's do), so that an unmap of pages invalidates leaves only.
#pragma once

#include "sw_driver/mm/page_tables.h"
#include "sw_driver/smmu_v3/stage1.h"

namespace smmu_vp::sw {

class DmaDomain : public Stage1 {
 public:
  DmaDomain(Env& env, CommandQueue& queue, const Features& features, u32 asid);

  bool create();  // false when memory is exhausted
  void free_tables() { tables_.free_all(); }
  u64 pgd() const { return tables_.pgd(); }
  u64 page_bytes() const { return tables_.page_bytes(); }

  struct Mapping {
    u64 iova, pa, bytes;
  };
  // Maps with the largest blocks that fit; false, and nothing is mapped, when a table could not be allocated.
  bool map(const Mapping& mapping);

  // Adjacent leaves of one size that are unmapped but not invalidated.
  struct Gather {
    u64 start = 0, end = 0, leaf_bytes = 0;
  };
  // What an unmap leaves to be invalidated later: nothing but leaves, gathered; or those too, by flush_all().
  enum class Later : u8 { kGathered, kAll };
  void unmap(const AddressRange& range, Gather& gather, Later later);
  // On return no device uses what was mapped there.
  void unmap(const AddressRange& range);
  // On return no device uses what was gathered.
  void sync(Gather& gather);
  // On return no device uses anything that was unmapped before.
  void flush_all();

 private:
  u64 leaf(u64 pa, int level) const;
  int level_for(const Mapping& mapping) const;
  void remove_table(u64 iova);
  void gather_leaf(Gather& gather, u64 iova, u64 leaf_bytes);

  PageTables tables_;
};

}  // namespace smmu_vp::sw

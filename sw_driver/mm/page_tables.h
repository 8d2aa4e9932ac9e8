// VMSAv8-64 stage 1 tables in simulated memory, with 48-bit input addresses (D8.3): a process's, or those of a device.
#pragma once

#include <unordered_map>
#include <vector>

#include "sw_driver/env.h"

namespace smmu_vp::sw {

// A page's entry, or at a lower level a block's. A non-zero entry with Valid clear keeps its memory although nothing may
// access it (PROT_NONE).
struct Leaf {
  u64 va;
  u64 descriptor;
  int level = 3;
};

// A table that no entry points to any more, and the first address it mapped.
struct UnlinkedTable {
  u64 pa, va;
};

class PageTables {
 public:
  static constexpr unsigned kInputBits = 48;

  // The tables' pages are allocated for `owner`.
  PageTables(Env& env, u64 owner);
  PageTables(const PageTables&) = delete;
  PageTables& operator=(const PageTables&) = delete;

  bool create();  // false when memory is exhausted
  void free_pgd();
  u64 pgd() const { return pgd_; }

  unsigned page_shift() const { return spec::vmsa::page_shift(granule_); }
  u64 page_bytes() const { return u64{1} << page_shift(); }
  // 4 KB pages in one page of this granule; the page allocator counts in 4 KB pages.
  u64 pages_of_4k() const { return page_bytes() >> 12; }
  u64 address_of(u64 descriptor) const;
  // Bytes that a leaf of this level maps.
  u64 leaf_bytes(int level) const { return u64{1} << spec::vmsa::level_shift(granule_, level); }

  // The leaf of `va`; its descriptor is 0 if there is none.
  Leaf lookup(u64 va) const;
  // Installs or replaces a leaf; false when a table could not be allocated.
  bool set(const Leaf& leaf);
  // The non-zero leaves in [start, end), in ascending order.
  std::vector<Leaf> leaves(u64 start, u64 end) const;

  // Clears the leaf of `va`, which must not be zero, unlinks the tables that become empty and adds them to
  // `unlinked`: the caller frees them once no walker can be using them.
  void clear(u64 va, std::vector<UnlinkedTable>& unlinked);
  // Clears the page of `va` and keeps the tables, empty or not.
  void clear_page(u64 va);
  // Unlinks the last-level table of `va` with every page in it; 0 if there is none.
  u64 unlink_last_table(u64 va);
  void free_tables(const std::vector<UnlinkedTable>& tables);
  // Frees every table, empty or not; nothing may walk them any more.
  void free_all();
  // Bytes that a last-level table maps.
  u64 table_bytes() const { return page_bytes() << spec::vmsa::bits_per_level(granule_); }

 private:
  unsigned index(u64 va, int level) const;
  u64 entry_address(u64 table, u64 va, int level) const {
    return table + (u64{index(va, level)} << spec::vmsa::kDescriptorLog2Bytes);
  }
  // The table that holds the leaf of `va`, or would hold it at its next missing level, and that level.
  struct Place {
    u64 table;
    int level;
  };
  Place place_of(u64 va) const;
  void free_below(u64 table, int level);
  void collect(u64 table, int level, u64 table_va, u64 start, u64 end, std::vector<Leaf>& out) const;

  Env& env_;
  u64 owner_;
  spec::vmsa::Granule granule_;
  int start_level_;
  u64 pgd_ = 0;
  std::unordered_map<u64, u64> used_;  // number of entries in use, by table address
};

}  // namespace smmu_vp::sw

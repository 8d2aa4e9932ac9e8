// Finds pages that get another use while a translation to them may still be cached: another address space maps them, or
// they serve as a table, a structure or a queue.
#pragma once

#include <functional>
#include <string>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/structure_layout.h"

namespace smmu_vp::tb {

class PageReuse {
 public:
  // `use` completes "the page already ...".
  using OnReuse = std::function<void(const CachedEntry& e, u64 t_ps, const std::string& use)>;
  PageReuse(trace::Bus& bus, SharedShadows shadows, OnReuse on_reuse);

 private:
  struct Owner {
    u64 root = 0;  // of the space that mapped it last
    bool shared = false;
  };

  void on_filled(const CachedEntry& fresh, u64 t_ps);
  void on_ended(const CachedEntry& e);
  void on_walk_read(const trace::WalkRead& f, u64 t_ps);
  void on_structure(const trace::ConfigFetched& f, u64 t_ps);
  void on_control(const trace::RegisterWrite& f, u64 t_ps);
  // All of a table that the hardware may read from now on (3.21.3).
  void table_in_use(const TableLayout& table, const std::string& what, u64 t_ps);
  std::optional<u64> root_of(const trace::WalkRead& f);
  // The bytes from `first` to `last` serve the hardware. `last_ps` is when they last did; `root` that of the walk.
  template <typename Root, typename What>
  void serves(u64 first, u64 last, u64& last_ps, u64 t_ps, Root&& root, What&& what);

  const SharedShadows shadows_;
  TranslationShadow& cached_;
  const OnReuse on_reuse_;
  FlatMap<Owner> owners_;              // by page
  FlatMap<u64> read_ps_, tables_ps_;   // by page read, and by table: when it last was in use
  FlatMap<u64> roots_;                 // of walks in flight
  std::vector<CachedEntry::Id> held_;  // what is being looked at
  bool filling_ = false;
};

}  // namespace smmu_vp::tb

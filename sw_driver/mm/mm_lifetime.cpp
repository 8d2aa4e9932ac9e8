// Teardown of an address space and the calls to its notifiers.
#include <algorithm>

#include "sw_driver/mm/mm.h"

namespace smmu_vp::sw {

// While a reader exists no notifier that it may be calling is freed (the kernel's SRCU read side).
class Mm::NotifierReader {
 public:
  explicit NotifierReader(Mm& mm) : mm_(mm) {
    ++mm_.readers_;
    for (const auto& weak : mm.notifiers_) {
      if (auto notifier = weak.lock()) notifiers.push_back(std::move(notifier));
    }
  }
  ~NotifierReader() {
    if (--mm_.readers_ != 0) return;
    const auto put = std::exchange(mm_.put_, {});
    for (const auto& notifier : put) notifier->freed();
    mm_.readers_left_->wake_all();
  }
  NotifierReader(const NotifierReader&) = delete;
  NotifierReader& operator=(const NotifierReader&) = delete;

 private:
  Mm& mm_;

 public:
  std::vector<std::shared_ptr<MmuNotifier>> notifiers;
};

bool Mm::notifier_register(const std::shared_ptr<MmuNotifier>& notifier) {
  if (users_ == 0) return false;
  notifiers_.push_back(notifier);
  return true;
}

void Mm::notifier_put(const std::shared_ptr<MmuNotifier>& notifier) {
  std::erase_if(notifiers_, [&](const auto& weak) { return weak.lock() == notifier; });
  if (readers_ == 0)
    notifier->freed();
  else
    put_.push_back(notifier);
}

void Mm::notify_invalidate(u64 start, u64 end) {
  env_.os.wmb();  // the new table contents are visible before the invalidation of the old
  env_.announce(trace::InvalidateBegin{id_, start, end});
  {
    NotifierReader reader(*this);
    for (const auto& notifier : reader.notifiers) notifier->invalidate_range(start, end);
  }
  env_.announce(trace::InvalidateEnd{id_, start, end});
}

// From the first of these pages to the last: pages of the range that are not present need no invalidation.
void Mm::notify_pages(const std::vector<Leaf>& leaves) {
  if (!leaves.empty()) notify_invalidate(leaves.front().va, leaves.back().va + bytes_of(leaves.back()));
}

// What tables mapped whose entries a walk cache may still hold.
void Mm::notify_tables(const std::vector<UnlinkedTable>& tables) {
  if (tables.empty()) return;
  const auto [first, last] = std::ranges::minmax_element(tables, {}, &UnlinkedTable::va);
  notify_invalidate(first->va, last->va + tables_.table_bytes());
}

// Clears the leaves, invalidates first them and then the tables that are left empty in the TLBs and ATCs, as a kernel
// does that unlinks tables in a second pass, and only then frees pages and tables.
void Mm::unmap_pages(u64 start, u64 end, bool invalidate) {
  const std::vector<Leaf> leaves = tables_.leaves(start, end);
  std::vector<UnlinkedTable> unlinked;
  for (const Leaf& l : leaves) {
    tables_.clear(l.va, unlinked);
    env_.announce(trace::PageUnmapped{id_, l.va, tables_.address_of(l.descriptor), bytes_of(l), false});
  }
  if (invalidate) {
    notify_pages(leaves);
    notify_tables(unlinked);
  }
  for (const Leaf& l : leaves) env_.os.free_pages(tables_.address_of(l.descriptor), bytes_of(l) >> 12);
  tables_.free_tables(unlinked);
}

bool Mm::mmget_not_zero() {
  if (users_ == 0) return false;
  ++users_;
  return true;
}

void Mm::mmput() {
  if (--users_ != 0) return;
  exit_mmap();
  if (env_.has(Bug::kEarlyPasidFree)) drop_iommu_data();
  mmdrop();
}

// The order is the contract: release first, because no notifier is called after it; then the pages, then the
// tables. The top-level table is freed with the last count.
void Mm::exit_mmap() {
  env_.announce(trace::ReleaseBegin{id_});
  {
    NotifierReader reader(*this);
    for (const auto& notifier : reader.notifiers) notifier->release();
  }
  notifiers_.clear();
  readers_left_->wait([this] { return readers_ == 0; });
  env_.announce(trace::ReleaseEnd{id_});

  Guard guard(*mmap_lock_);
  vmas_.clear();
  unmap_pages(0, u64{1} << PageTables::kInputBits, false);
  env_.announce(trace::PageTablesFreed{id_});
}

void Mm::mmdrop() {
  if (--count_ != 0) return;
  tables_.free_pgd();
  drop_iommu_data();
}

void Mm::drop_iommu_data() {
  if (iommu == nullptr) return;
  iommu->dropped();
  iommu.reset();
}

}  // namespace smmu_vp::sw

// Operations that take pages away from addresses that stay mapped: madvise(MADV_DONTNEED), migration, copy-on-write.
#include "sw_driver/mm/mm.h"

namespace smmu_vp::sw {

// In one pass, and tables stay where they are, as of zap_page_range_single().
bool Mm::madvise_dontneed(u64 start, u64 bytes) {
  env_.os.spend(CpuCost::kSyscall);
  Guard guard(*mmap_lock_);
  const u64 end = start + bytes;
  if (!aligned(start, bytes) || splits_block(start) || splits_block(end) || users_ == 0) return false;
  const std::vector<Leaf> leaves = tables_.leaves(start, end);
  for (const Leaf& old : leaves) take_away(old);
  notify_pages(leaves);
  for (const Leaf& old : leaves) free_frame(old);
  return true;
}

// Each page is invalidated on its own, as of try_to_migrate(); a page that cannot be moved stays.
bool Mm::migrate(u64 start, u64 bytes) {
  env_.os.spend(CpuCost::kSyscall);
  Guard guard(*mmap_lock_);
  const u64 end = start + bytes;
  if (!aligned(start, bytes) || splits_block(start) || splits_block(end) || users_ == 0) return false;
  bool all = true;
  for (const Leaf& old : tables_.leaves(start, end))
    all &= move_to_new_frame(old, find_vma(old.va)->prot, dirty(old));
  return all;
}

// The old translation is invalidated before the new one is there: both are of one address and lead to different memory
// (D8.16.1 of the A-profile manual, break-before-make).
bool Mm::move_to_new_frame(const Leaf& old, Prot prot, bool dirty) {
  const u64 bytes = bytes_of(old), from = tables_.address_of(old.descriptor);
  const u64 to = env_.os.alloc_pages(bytes >> 12, PageUse::kProcess, id_);
  if (to == 0) return false;
  take_away(old);
  notify_invalidate(old.va, old.va + bytes);
  std::vector<u8> contents(bytes);
  env_.os.read(from, contents.data(), bytes);
  env_.os.write(to, contents.data(), bytes);
  if (prot.read) env_.announce(trace::PageMapped{id_, old.va, to, bytes, dirty && prot.write});
  tables_.set(
      {.va = old.va, .descriptor = leaf({.pa = to, .level = old.level}, prot, dirty), .level = old.level});
  free_frame(old);
  return true;
}

void Mm::take_away(const Leaf& old) {
  tables_.clear_page(old.va);
  env_.announce(trace::PageUnmapped{id_, old.va, tables_.address_of(old.descriptor), bytes_of(old), false});
}

void Mm::free_frame(const Leaf& old) {
  env_.os.free_pages(tables_.address_of(old.descriptor), bytes_of(old) >> 12);
}

}  // namespace smmu_vp::sw

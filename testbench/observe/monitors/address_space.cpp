// A removed mapping stays usable until the end of an invalidation that covers it and began after its
// removal. An invalidation that began earlier may have sent its commands while the entry was still
// there, so its end proves nothing.
#include "testbench/observe/monitors/address_space.h"

#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

void AddressSpace::map(const trace::PageMapped& mapped, u64 t_ps) {
  if (released_) return;
  const u64 last = last_page(mapped.va, mapped.bytes);
  u64 target = first_page(mapped.pa);
  for (u64 page = first_page(mapped.va); page <= last; ++page, ++target) {
    Page& now = pages_[page];
    // A page replaced or made read-only without mm.unmap also loses its old right only with an invalidation.
    const bool loses = now.live && (now.target != target || (now.writable && !mapped.writable));
    const Page before = now;
    now = {target, t_ps, true, mapped.writable};
    add_holder({.page = page, .target = target});
    if (loses) fade({.page = page, .target = before.target}, before.writable);
  }
}

void AddressSpace::unmap(const trace::PageUnmapped& unmapped) {
  if (released_) return;
  const u64 last = last_page(unmapped.va, unmapped.bytes);
  u64 target = first_page(unmapped.pa);
  for (u64 page = first_page(unmapped.va); page <= last; ++page, ++target) {
    Page* now = pages_.find(page);
    if (now == nullptr || !now->live || now->target != target) continue;
    const bool was_writable = now->writable;
    now->writable = false;
    now->live = unmapped.now_read_only;
    fade({.page = page, .target = target}, was_writable);
  }
}

void AddressSpace::fade(const Translation& lost, bool writable) {
  fading_[lost.page].push_back({lost.target, ++sequence_, writable});
}

void AddressSpace::begin_invalidation(u64 start, u64 end) {
  if (!released_) invalidations_.push_back({start, end, ++sequence_});
}

void AddressSpace::end_invalidation(u64 start, u64 end, u64 t_ps) {
  // If two invalidations of one range overlap, the older is taken for the one that ends: that may miss a
  // violation but never reports a false one.
  const auto begun = std::find_if(invalidations_.begin(), invalidations_.end(),
                                  [&](const Invalidation& i) { return i.start == start && i.end == end; });
  if (begun == invalidations_.end()) return;
  const u64 sequence = begun->sequence;
  invalidations_.erase(begun);
  if (start >= end) return;

  for (const u64 page : fading_.keys_in(first_page(start), first_page(end - 1))) {
    std::vector<Faded>& faded = *fading_.find(page);
    std::vector<Faded> ended;
    std::erase_if(faded, [&](const Faded& f) {
      if (f.sequence > sequence) return false;
      ended.push_back(f);
      return true;
    });
    if (ended.empty()) continue;
    if (faded.empty()) fading_.erase(page);
    Page& now = *pages_.find(page);
    // Rights that were granted again since have a later date of their own.
    if (!now.live || !now.writable) now.changed_ps = t_ps;
    for (const Faded& f : ended) {
      const Translation former{.page = page, .target = f.target};
      if (!permits(former, false)) remove_holder(former);
    }
  }
}

void AddressSpace::release(u64 t_ps) {
  *this = AddressSpace{};
  released_ = true;
  released_ps_ = t_ps;
}

bool AddressSpace::permits(const Translation& used, bool write) const {
  const Page* now = pages_.find(used.page);
  if (now == nullptr) return false;
  if (now->live && now->target == used.target && (now->writable || !write)) return true;
  const std::vector<Faded>* faded = fading_.find(used.page);
  return faded != nullptr && std::any_of(faded->begin(), faded->end(), [&](const Faded& f) {
           return f.target == used.target && (f.writable || !write);
         });
}

bool AddressSpace::permits_any(u64 target, bool write) const {
  const u64* page = holder_.find(target);
  if (page == nullptr) return false;
  if (permits({.page = *page, .target = target}, write)) return true;
  const auto more = more_holders_.find(target);
  return more != more_holders_.end() && std::any_of(more->second.begin(), more->second.end(), [&](u64 other) {
           return permits({.page = other, .target = target}, write);
         });
}

bool AddressSpace::gone_since(u64 page, bool write, u64 since_ps) const {
  if (released_) return released_ps_ < since_ps;
  const Page* now = pages_.find(page);
  if (now == nullptr || (now->live && (now->writable || !write)) || now->changed_ps >= since_ps) return false;
  const std::vector<Faded>* faded = fading_.find(page);
  return faded == nullptr ||
         std::none_of(faded->begin(), faded->end(), [&](const Faded& f) { return f.writable || !write; });
}

void AddressSpace::add_holder(const Translation& held) {
  u64* holder = holder_.find(held.target);
  if (holder == nullptr) {
    holder_[held.target] = held.page;
  } else if (*holder != held.page) {
    std::vector<u64>& more = more_holders_[held.target];
    if (std::find(more.begin(), more.end(), held.page) == more.end()) more.push_back(held.page);
  }
}

void AddressSpace::remove_holder(const Translation& held) {
  const auto more = more_holders_.find(held.target);
  u64* holder = holder_.find(held.target);
  if (holder == nullptr) return;
  if (more == more_holders_.end()) {
    if (*holder == held.page) holder_.erase(held.target);
    return;
  }
  if (*holder == held.page) {
    *holder = more->second.back();
    more->second.pop_back();
  } else {
    std::erase(more->second, held.page);
  }
  if (more->second.empty()) more_holders_.erase(more);
}

}  // namespace smmu_vp::tb

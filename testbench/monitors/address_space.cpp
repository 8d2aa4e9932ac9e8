// Grace: a removed mapping stays usable until the end of an invalidation that covers it and began after its
// removal. One that began earlier may have sent its commands while the entry was still there, so its end
// proves nothing.
#include "testbench/monitors/address_space.h"

#include "testbench/monitors/shadows.h"

namespace smmu_vp::tb {

void AddressSpace::map(u64 va, u64 pa, u64 bytes, bool writable, u64 t_ps) {
  if (released_) return;
  const u64 last = last_page(va, bytes);
  u64 target = first_page(pa);
  for (u64 page = first_page(va); page <= last; ++page, ++target) {
    Page& now = pages_[page];
    // A page replaced, or made read-only, without mm.unmap: the old right fades all the same.
    const bool loses = now.live && (now.target != target || (now.writable && !writable));
    const Page before = now;
    now = {target, t_ps, true, writable};
    add_holder(target, page);
    if (loses) fade(page, before.target, before.writable);
  }
}

void AddressSpace::unmap(u64 va, u64 pa, u64 bytes, bool now_read_only) {
  if (released_) return;
  const u64 last = last_page(va, bytes);
  u64 target = first_page(pa);
  for (u64 page = first_page(va); page <= last; ++page, ++target) {
    Page* now = pages_.find(page);
    if (now == nullptr || !now->live || now->target != target) continue;
    const bool was_writable = now->writable;
    now->writable = false;
    now->live = now_read_only;
    fade(page, target, was_writable);
  }
}

void AddressSpace::fade(u64 page, u64 target, bool writable) {
  fading_[page].push_back({target, ++sequence_, writable});
}

void AddressSpace::begin_invalidation(u64 start, u64 end) {
  if (!released_) invalidations_.push_back({start, end, ++sequence_});
}

void AddressSpace::end_invalidation(u64 start, u64 end, u64 t_ps) {
  // Two invalidations of one range overlap: taking the older for the one that ends errs on the side of
  // silence.
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
    // Rights that were given again since have a later date of their own.
    if (!now.live || !now.writable) now.changed_ps = t_ps;
    for (const Faded& f : ended) {
      if (!permits(page, f.target, false)) remove_holder(f.target, page);
    }
  }
}

void AddressSpace::release(u64 t_ps) {
  *this = AddressSpace{};
  released_ = true;
  released_ps_ = t_ps;
}

bool AddressSpace::permits(u64 page, u64 target, bool write) const {
  const Page* now = pages_.find(page);
  if (now == nullptr) return false;
  if (now->live && now->target == target && (now->writable || !write)) return true;
  const std::vector<Faded>* faded = fading_.find(page);
  return faded != nullptr && std::any_of(faded->begin(), faded->end(), [&](const Faded& f) {
           return f.target == target && (f.writable || !write);
         });
}

bool AddressSpace::permits_any(u64 target, bool write) const {
  const u64* page = holder_.find(target);
  if (page == nullptr) return false;
  if (permits(*page, target, write)) return true;
  const auto more = more_holders_.find(target);
  return more != more_holders_.end() && std::any_of(more->second.begin(), more->second.end(),
                                                    [&](u64 other) { return permits(other, target, write); });
}

bool AddressSpace::gone_since(u64 page, bool write, u64 since_ps) const {
  if (released_) return released_ps_ < since_ps;
  const Page* now = pages_.find(page);
  if (now == nullptr || (now->live && (now->writable || !write)) || now->changed_ps >= since_ps) return false;
  const std::vector<Faded>* faded = fading_.find(page);
  return faded == nullptr ||
         std::none_of(faded->begin(), faded->end(), [&](const Faded& f) { return f.writable || !write; });
}

void AddressSpace::add_holder(u64 target, u64 page) {
  u64* holder = holder_.find(target);
  if (holder == nullptr) {
    holder_[target] = page;
  } else if (*holder != page) {
    std::vector<u64>& more = more_holders_[target];
    if (std::find(more.begin(), more.end(), page) == more.end()) more.push_back(page);
  }
}

void AddressSpace::remove_holder(u64 target, u64 page) {
  const auto more = more_holders_.find(target);
  u64* holder = holder_.find(target);
  if (holder == nullptr) return;
  if (more == more_holders_.end()) {
    if (*holder == page) holder_.erase(target);
    return;
  }
  if (*holder == page) {
    *holder = more->second.back();
    more->second.pop_back();
  } else {
    std::erase(more->second, page);
  }
  if (more->second.empty()) more_holders_.erase(more);
}

}  // namespace smmu_vp::tb

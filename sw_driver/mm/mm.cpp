// VMAs, faults and the CPU's own accesses. Lifetime and notifiers are in mm_lifetime.cpp.
#include "sw_driver/mm/mm.h"

#include <algorithm>
#include <utility>

namespace smmu_vp::sw {

namespace vmsa = spec::vmsa;

namespace {
// The page has been written. Bits [58:55] of a descriptor are for software (D8.3).
constexpr u64 kDirty = u64{1} << 55;
}  // namespace

Mm::Mm(Env& env, u64 id, std::string name, PageSource source)
    : env_(env),
      id_(id),
      name_(std::move(name)),
      source_(std::move(source)),
      tables_(env, id),
      mmap_lock_(env.os.make_mutex("mmap_lock")),
      readers_left_(env.os.make_wait_queue("mm_readers")) {}

std::shared_ptr<Mm> Mm::create(Env& env, u64 id, std::string name, PageSource source) {
  std::shared_ptr<Mm> mm(new Mm(env, id, std::move(name), std::move(source)));
  if (!mm->tables_.create()) return nullptr;
  env.announce(trace::MmCreated{id, mm->pgd(), mm->name_});
  return mm;
}

bool Mm::aligned(u64 start, u64 bytes) const {
  const u64 limit = u64{1} << PageTables::kInputBits;
  return bytes != 0 && (start | bytes) % page_bytes() == 0 && start < limit && bytes <= limit - start;
}

bool Mm::mmap(u64 start, u64 bytes, Prot prot, VmaKind kind) {
  env_.os.spend(CpuCost::kSyscall);
  Guard guard(*mmap_lock_);
  if (!aligned(start, bytes) || (start | bytes) % tables_.leaf_bytes(kind.leaf_level) != 0 || users_ == 0)
    return false;
  const auto next = vmas_.lower_bound(start);
  if (next != vmas_.end() && next->first < start + bytes) return false;
  if (next != vmas_.begin() && std::prev(next)->second.end > start) return false;
  vmas_[start] = {start + bytes, prot, kind};
  return true;
}

// Whether `va` is within a block: it cannot be mapped in part (as hugetlbfs, which refuses it).
bool Mm::splits_block(u64 va) const {
  const Vma* const vma = find_vma(va);
  return vma != nullptr && va % tables_.leaf_bytes(vma->kind.leaf_level) != 0;
}

// Splits the VMA that contains `va` at `va`.
void Mm::split_at(u64 va) {
  auto it = vmas_.upper_bound(va);
  if (it == vmas_.begin()) return;
  --it;
  if (it->first == va || it->second.end <= va) return;
  vmas_[va] = it->second;
  it->second.end = va;
}

bool Mm::munmap(u64 start, u64 bytes) {
  env_.os.spend(CpuCost::kSyscall);
  Guard guard(*mmap_lock_);
  const u64 end = start + bytes;
  if (!aligned(start, bytes) || splits_block(start) || splits_block(end) || users_ == 0) return false;
  split_at(start);
  split_at(end);
  vmas_.erase(vmas_.lower_bound(start), vmas_.lower_bound(end));
  unmap_pages(start, end, true);
  return true;
}

bool Mm::mprotect(u64 start, u64 bytes, Prot prot) {
  env_.os.spend(CpuCost::kSyscall);
  Guard guard(*mmap_lock_);
  const u64 end = start + bytes;
  if (!aligned(start, bytes) || splits_block(start) || splits_block(end) || users_ == 0) return false;
  split_at(start);
  split_at(end);
  bool changed = false;
  for (auto it = vmas_.lower_bound(start); it != vmas_.end() && it->first < end; ++it)
    changed |= std::exchange(it->second.prot, prot) != prot;
  if (!changed) return true;

  const std::vector<Leaf> leaves = tables_.leaves(start, end);
  for (const Leaf& old : leaves) {
    const u64 pa = tables_.address_of(old.descriptor);
    const bool was_valid = vmsa::Valid.get(old.descriptor) != 0;
    const bool was_writable = was_valid && (vmsa::AP.get(old.descriptor) & vmsa::kApReadOnly) == 0;
    const bool writable = dirty(old) && prot.write;
    const u64 descriptor = leaf({.pa = pa, .level = old.level}, prot, dirty(old));
    if (descriptor == old.descriptor) continue;
    if (prot.read && (!was_valid || (writable && !was_writable)))
      env_.announce(trace::PageMapped{id_, old.va, pa, bytes_of(old), writable});
    tables_.set({.va = old.va, .descriptor = descriptor, .level = old.level});
    if (!prot.read && was_valid)
      env_.announce(trace::PageUnmapped{id_, old.va, pa, bytes_of(old), false});
    else if (was_writable && !prot.write)
      env_.announce(trace::PageUnmapped{id_, old.va, pa, bytes_of(old), true});
  }
  notify_pages(leaves);
  return true;
}

const Mm::Vma* Mm::find_vma(u64 va) const {
  const auto next = vmas_.upper_bound(va);
  if (next == vmas_.begin()) return nullptr;
  const Vma& vma = std::prev(next)->second;
  return va < vma.end ? &vma : nullptr;
}

// A page or block descriptor (D8.3, table D8-52): normal memory (MAIR index 0), inner shareable, unprivileged,
// not global, never executable by the kernel. Hardware does not update AF or dirty state (1.6: HA = HD = 0),
// so AF is set here and a clean page is read-only: its first write faults.
u64 Mm::leaf(const Frame& frame, Prot prot, bool dirty) const {
  u64 d = frame.pa | (frame.level == 3 ? vmsa::kTableOrPage : vmsa::kBlock);
  if (!prot.read) d = vmsa::Valid.set(d, 0);
  d = vmsa::AP.set(d, vmsa::kApUnprivileged | (dirty && prot.write ? 0 : vmsa::kApReadOnly));
  if (dirty) d |= kDirty;
  d = vmsa::SH.set(d, 0b11);
  d = vmsa::AF.set(d, 1);
  d = vmsa::nG.set(d, 1);
  d = vmsa::PXN.set(d, 1);
  return vmsa::UXN.set(d, prot.exec ? 0 : 1);
}

bool Mm::dirty(const Leaf& leaf) {
  return (leaf.descriptor & kDirty) != 0;
}

VmFault Mm::handle_fault(u64 va, Access access) {
  Guard guard(*mmap_lock_);
  env_.os.spend(CpuCost::kFaultHandler);
  return fault_locked(va, access);
}

VmFault Mm::fault_locked(u64 va, Access access) {
  const Vma* vma = find_vma(va);
  if (vma == nullptr) return VmFault::kNoVma;
  const Prot prot = vma->prot;
  const bool write = access == Access::kWrite;
  if (!prot.read || (write && !prot.write) || (access == Access::kExec && !prot.exec))
    return VmFault::kNoRight;

  const u64 page = va & ~(tables_.leaf_bytes(vma->kind.leaf_level) - 1);
  const Leaf old = tables_.lookup(page);
  if (old.descriptor == 0) return page_in(*vma, page, write);
  const bool read_only = (vmsa::AP.get(old.descriptor) & vmsa::kApReadOnly) != 0;
  if (!write || !read_only || env_.has(Bug::kFaultTakenForServed)) return VmFault::kOk;  // already served
  const u64 pa = tables_.address_of(old.descriptor);
  if (vma->kind.private_file && !dirty(old))
    return move_to_new_frame(old, prot, true) ? VmFault::kOk : VmFault::kOom;
  env_.announce(trace::PageMapped{id_, page, pa, bytes_of(old), true});
  tables_.set(
      {.va = page, .descriptor = leaf({.pa = pa, .level = old.level}, prot, true), .level = old.level});
  // Added permissions need an invalidation too: a cached read-only entry would fault for ever.
  if (!env_.has(Bug::kUpgradeNotNotified)) notify_invalidate(page, page + bytes_of(old));
  return VmFault::kOk;
}

VmFault Mm::page_in(const Vma& vma, u64 page, bool write) {
  const u64 bytes = tables_.leaf_bytes(vma.kind.leaf_level), pages_of_4k = bytes >> 12;
  const u64 pa = env_.os.alloc_pages(pages_of_4k, PageUse::kProcess, id_);
  if (pa == 0) return VmFault::kOom;
  env_.os.spend(CpuCost::kPageZero, pages_of_4k);
  for (u64 offset = 0; source_ && offset < bytes; offset += page_bytes()) {
    std::vector<u8> contents(page_bytes());
    source_(page + offset, contents);
    env_.os.write(pa + offset, contents.data(), contents.size());
  }
  // Announce the page before a walker can see it, so that no access precedes the fact.
  env_.announce(trace::PageMapped{id_, page, pa, bytes, write});
  const Frame frame{.pa = pa, .level = vma.kind.leaf_level};
  if (tables_.set({.va = page, .descriptor = leaf(frame, vma.prot, write), .level = vma.kind.leaf_level}))
    return VmFault::kOk;
  env_.announce(trace::PageUnmapped{id_, page, pa, bytes, false});
  env_.os.free_pages(pa, pages_of_4k);
  return VmFault::kOom;
}

// Holds the lock throughout: a munmap in another thread has to wait until this CPU leaves the page.
bool Mm::copy(const AddressRange& range, Access access,
              const std::function<void(u64 pa, u64 offset, u64 n)>& part) {
  Guard guard(*mmap_lock_);
  for (u64 done = 0; done < range.bytes;) {
    const u64 at = range.address + done, in_page = at & (page_bytes() - 1);
    const u64 n = std::min(range.bytes - done, page_bytes() - in_page);
    Leaf leaf = tables_.pgd() == 0 ? Leaf{} : tables_.lookup(at);
    const bool usable =
        vmsa::Valid.get(leaf.descriptor) != 0 &&
        (access != Access::kWrite || (vmsa::AP.get(leaf.descriptor) & vmsa::kApReadOnly) == 0);
    if (!usable) {
      env_.os.spend(CpuCost::kFaultHandler);
      if (fault_locked(at, access) != VmFault::kOk) return false;
      leaf = tables_.lookup(at);
    }
    part(tables_.address_of(leaf.descriptor) + at % bytes_of(leaf), done, n);
    done += n;
  }
  return true;
}

bool Mm::read(u64 va, void* data, u64 bytes) {
  auto* to = static_cast<u8*>(data);
  return copy({va, bytes}, Access::kRead,
              [&](u64 pa, u64 offset, u64 n) { env_.os.read(pa, to + offset, n); });
}

bool Mm::write(u64 va, const void* data, u64 bytes) {
  const auto* from = static_cast<const u8*>(data);
  return copy({va, bytes}, Access::kWrite,
              [&](u64 pa, u64 offset, u64 n) { env_.os.write(pa, from + offset, n); });
}

}  // namespace smmu_vp::sw

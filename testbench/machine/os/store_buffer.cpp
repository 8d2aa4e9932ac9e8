// Stores in flight between the CPUs and memory.
#include "testbench/machine/os/store_buffer.h"

#include <algorithm>

namespace smmu_vp::tb {

u64 StoreBuffer::store(u64 thread, u64 pa, u64 data, unsigned bytes, u64 now_ps) {
  u64 due = now_ps + 1 + random_.below(longest_ps_);
  for (const Pending& p : pending_) {
    const bool overlaps = p.pa < pa + bytes && pa < p.pa + p.bytes;
    if (p.thread == thread && overlaps) due = std::max(due, p.due_ps);
  }
  pending_.push_back({thread, pa, data, due, bytes});
  return due;
}

template <typename Leaves>
void StoreBuffer::flush(Leaves leaves) {
  std::erase_if(pending_, [&](const Pending& p) {
    if (!leaves(p)) return false;
    write_(p.pa, &p.data, p.bytes);
    return true;
  });
}

void StoreBuffer::drain(u64 thread) {
  flush([thread](const Pending& p) { return p.thread == thread; });
}

u64 StoreBuffer::expire(u64 now_ps) {
  flush([now_ps](const Pending& p) { return p.due_ps <= now_ps; });
  u64 next = 0;
  for (const Pending& p : pending_) next = next == 0 ? p.due_ps : std::min(next, p.due_ps);
  return next;
}

void StoreBuffer::overlay(u64 thread, const AddressRange& read, void* data) const {
  for (const Pending& p : pending_) {
    if (p.thread != thread) continue;
    const u64 first = std::max(p.pa, read.address), end = std::min(p.pa + p.bytes, read.address + read.bytes);
    for (u64 at = first; at < end; ++at) {
      static_cast<u8*>(data)[at - read.address] = reinterpret_cast<const u8*>(&p.data)[at - p.pa];
    }
  }
}

}  // namespace smmu_vp::tb

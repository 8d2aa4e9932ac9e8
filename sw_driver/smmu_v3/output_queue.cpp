// The consumer side of an output queue.
#include "sw_driver/smmu_v3/output_queue.h"

#include <algorithm>
#include <array>

namespace smmu_vp::sw {

namespace queue = spec::queue;

OutputQueue::OutputQueue(Env& env, const Registers& registers, const Place& place)
    : env_(env), registers_(registers), place_(place), progress_(env.os.make_wait_queue(place.name)) {}

bool OutputQueue::allocate(unsigned log2) {
  log2_ = log2;
  base_ = env_.os.alloc_pages(std::max<u64>(1, (u64{place_.entry_bytes} << log2) >> 12), PageUse::kDriver, 0);
  return base_ != 0;
}

void OutputQueue::write_registers() const {
  // The three BASE registers share one layout (6.3.26, 6.3.29, 6.3.33).
  u64 base = spec::EVENTQ_BASE::WA.set(base_, 1);
  base = spec::EVENTQ_BASE::LOG2SIZE.set(base, log2_);
  registers_.write64(place_.base, base);
  registers_.write32(place_.prod, prod_);
  registers_.write32(place_.cons, cons_);
}

bool OutputQueue::drain(const std::function<void(std::span<const u64>)>& handle) {
  for (;;) {
    if (queue::empty(prod_, cons_, log2_)) prod_ = registers_.read32(place_.prod);
    if (queue::empty(prod_, cons_, log2_)) break;
    const u32 next = queue::advance(cons_, log2_);
    if (env_.has(Bug::kSlotFreedUnread)) registers_.write32(place_.cons, next);
    std::array<u64, 4> entry{};
    env_.os.read(queue::entry_address(base_, cons_, log2_, place_.entry_bytes), entry.data(),
                 place_.entry_bytes);
    env_.os.mb();  // read the entry before its slot is freed
    cons_ = next;
    ++removed_;
    registers_.write32(place_.cons, cons_);
    handle(std::span(entry).first(place_.entry_bytes / 8));
    ++handled_;
    progress_->wake_all();
  }
  const bool lost = queue::overflowed(prod_, cons_);
  if (lost && !env_.has(Bug::kOverflowNotAcknowledged)) {
    cons_ ^= queue::kOverflow;
    registers_.write32(place_.cons, cons_);
  }
  return lost;
}

void OutputQueue::wait_drained() {
  const u32 prod = registers_.read32(place_.prod);
  // The interrupt thread may already have moved past the PROD read here.
  const u32 waiting = queue::consistent(prod, cons_, log2_) ? queue::used(prod, cons_, log2_) : 0;
  const u64 target = removed_ + waiting;
  progress_->wait([&] { return handled_ >= target; });
}

}  // namespace smmu_vp::sw

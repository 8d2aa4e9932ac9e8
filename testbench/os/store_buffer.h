// The weakly ordered part of memory: stores wait here, each until a random moment or until its thread's next
// barrier. A thread sees its own stores; stores of one thread to the same bytes keep their order.
#pragma once

#include <functional>
#include <vector>

#include "testbench/config/random.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class StoreBuffer {
 public:
  using Write = std::function<void(u64 pa, const void* data, std::size_t bytes)>;

  StoreBuffer(u64 seed, u64 longest_ps, Write write)
      : random_(seed, 1), longest_ps_(longest_ps), write_(std::move(write)) {}

  // `bytes` is 1 to 8. Returns when the store becomes visible at the latest.
  u64 store(u64 thread, u64 pa, u64 data, unsigned bytes, u64 now_ps);
  // Everything `thread` stored is visible.
  void drain(u64 thread);
  // What is due by now becomes visible; returns when to come back, or 0 for never.
  u64 expire(u64 now_ps);
  // Lays `thread`'s own waiting stores over what it read from memory.
  void overlay(u64 thread, u64 pa, void* data, std::size_t bytes) const;

 private:
  struct Pending {
    u64 thread, pa, data, due_ps;
    unsigned bytes;
  };
  template <typename Leaves>
  void flush(Leaves leaves);

  std::vector<Pending> pending_;  // in program order of each thread
  Random random_;
  u64 longest_ps_;
  Write write_;
};

}  // namespace smmu_vp::tb

// Models weak ordering: each store waits here until a random time or until its thread's next barrier. A
// thread sees its own stores; stores of one thread to the same bytes stay in order.
#pragma once

#include <functional>
#include <vector>

#include "testbench/machine/config/random.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class StoreBuffer {
 public:
  using Write = std::function<void(u64 pa, const void* data, std::size_t bytes)>;

  StoreBuffer(const Random& random, u64 longest_ps, Write write)
      : random_(random), longest_ps_(longest_ps), write_(std::move(write)) {}

  // `bytes` is 1 to 8. Returns the latest time at which the store becomes visible.
  u64 store(u64 thread, u64 pa, u64 data, unsigned bytes, u64 now_ps);
  // Makes all stores of `thread` visible.
  void drain(u64 thread);
  // Makes the stores due by now visible. Returns when the next one is due, 0 if there is none.
  u64 expire(u64 now_ps);
  // Applies `thread`'s pending stores to data that it read from memory.
  void overlay(u64 thread, const AddressRange& read, void* data) const;

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

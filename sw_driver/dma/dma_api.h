// The DMA API of one device: maps memory at I/O virtual addresses for traffic without a PASID. Strict: when unmap returns, no
// device uses the memory. Lazy: what is unmapped waits in a flush queue for one invalidation of all, and its addresses are not
// used again before.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sw_driver/dma/iova.h"
#include "sw_driver/smmu_v3/smmu.h"

namespace smmu_vp::sw {

// When what was unmapped is invalidated: before unmap returns, or for many unmaps at once.
enum class DmaFlush : u8 { kStrict, kLazy };

class DmaApi {
 public:
  // As the kernel's flush queue: a ring of 256, one slot of which stays empty; and its timer.
  static constexpr std::size_t kQueued = 255;
  static constexpr u64 kFlushAfterPs = 10'000'000'000;

  DmaApi(Env& env, Smmu& smmu, Device& device, DmaFlush flush);
  // Everything must have been unmapped.
  ~DmaApi();
  DmaApi(const DmaApi&) = delete;
  DmaApi& operator=(const DmaApi&) = delete;

  // False if the device cannot have a domain.
  bool usable() const { return domain_ != nullptr; }

  // Maps pages one behind the other; nothing when addresses or memory are exhausted.
  std::optional<u64> map(std::span<const u64> pages);
  // What one map() returned, and the bytes that it mapped.
  void unmap(u64 iova, u64 bytes);

 private:
  // What the timer's thread shares with this object, and may still hold when it is gone.
  struct Shared {
    std::unique_ptr<Mutex> lock;
    std::unique_ptr<WaitQueue> changed;
    bool timer_set = false, ended = false;
  };
  void unmap_later(const AddressRange& range);
  void flush();  // needs the lock
  void start_timer();

  Env& env_;
  Smmu& smmu_;
  Device& device_;
  DmaFlush flush_;
  std::unique_ptr<DmaDomain> domain_;
  IovaAllocator iovas_;
  std::vector<u64> queue_;  // addresses that may be used again after a flush
  std::shared_ptr<Shared> shared_;
};

}  // namespace smmu_vp::sw

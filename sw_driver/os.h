// The kernel services a driver uses. The platform implements them on SystemC threads; sw_driver itself does
// not depend on SystemC. Every call may block the calling thread while others run. Addresses are physical.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tlm/spec/broadcast.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::sw {

class Mutex {
 public:
  virtual ~Mutex() = default;
  virtual void lock() = 0;
  virtual void unlock() = 0;
};

// Holds a Mutex for a scope.
class Guard {
 public:
  explicit Guard(Mutex& m) : mutex_(m) { mutex_.lock(); }
  ~Guard() { mutex_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Mutex& mutex_;
};

// Sleeps until a condition holds: wait() rechecks `ready` after each wake_all().
class WaitQueue {
 public:
  virtual ~WaitQueue() = default;
  virtual void wait(const std::function<bool()>& ready) = 0;
  // As wait(), but gives up after `timeout_ps`; returns whether `ready` held.
  virtual bool wait_for(const std::function<bool()>& ready, u64 timeout_ps) = 0;
  virtual void wake_all() = 0;
};

using trace::LogLevel;
using trace::PageUse;

// CPU work that takes simulated time; the configuration's cpu.costs.* give the durations.
enum class CpuCost : u8 {
  kSyscall,
  kContextSwitch,
  kIrqEntry,
  kFaultHandler,
  kCommandBuild,
  kPageZero,
  kPteUpdate
};

class Os {
 public:
  virtual ~Os() = default;

  virtual u64 now_ps() const = 0;
  virtual void sleep_ps(u64 ps) = 0;
  // As sleep_ps, but the thread keeps its CPU: a busy-wait.
  virtual void delay_ps(u64 ps) { sleep_ps(ps); }
  virtual void spend(CpuCost what, u64 times = 1) = 0;

  // Creates a kernel thread. It starts at least one delta cycle later and may return.
  virtual void spawn(std::string name, std::function<void()> body) = 0;
  virtual std::unique_ptr<Mutex> make_mutex(std::string name) = 0;
  virtual std::unique_ptr<WaitQueue> make_wait_queue(std::string name) = 0;

  // Device register accesses complete before they return. Only a wmb() orders them after earlier stores of
  // this thread.
  virtual u32 mmio_read32(u64 pa) = 0;
  virtual void mmio_write32(u64 pa, u32 value) = 0;
  virtual u64 mmio_read64(u64 pa) = 0;
  virtual void mmio_write64(u64 pa, u64 value) = 0;
  // 1-, 2- and 4-byte accesses, as configuration space needs them.
  virtual u32 mmio_read(u64 pa, unsigned bytes) = 0;
  virtual void mmio_write(u64 pa, unsigned bytes, u32 value) = 0;

  // Coherent memory. 64-bit aligned loads and stores are single-copy atomic; stores may become visible late
  // and out of order until wmb() (store-store) or mb() (all).
  virtual u64 load64(u64 pa) = 0;
  virtual void store64(u64 pa, u64 value) = 0;
  virtual u32 load32(u64 pa) = 0;
  virtual void read(u64 pa, void* data, std::size_t bytes) = 0;
  virtual void write(u64 pa, const void* data, std::size_t bytes) = 0;
  virtual void wmb() = 0;
  virtual void mb() = 0;

  // A TLBI instruction for the Inner Shareable domain, and a DSB ISH: after dsb() every participant in
  // broadcast TLB maintenance has completed the earlier TLBIs; nothing else sees them. A store that must be
  // visible before a TLBI needs a wmb() in between.
  virtual void tlbi(const spec::BroadcastTlbi& what) = 0;
  virtual void dsb() = 0;

  // Allocates `pages` contiguous, zeroed 4 KB pages, aligned to the next power of two; returns 0 when memory
  // is exhausted. The lowest free address is used first, so freed pages are soon reused. `owner` is an mm id,
  // 0 for the kernel.
  virtual u64 alloc_pages(u64 pages, PageUse use, u64 owner) = 0;
  virtual void free_pages(u64 pa, u64 pages) = 0;

  // `handler` runs in its own thread each time the line rises. An edge that arrives while it runs is not
  // lost: the handler runs again.
  virtual void request_irq(u32 irq, std::string name, std::function<void()> handler) = 0;

  virtual void printk(LogLevel level, std::string text) = 0;
  virtual const trace::Bus& facts() const = 0;
};

}  // namespace smmu_vp::sw

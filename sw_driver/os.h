// What a kernel gives a driver. The platform implements it on SystemC threads; nothing here or in sw_driver
// knows that. Every call may block the calling thread while others run. Addresses are physical.
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

// Sleep until a condition holds: wait() rechecks `ready` after each wake_all().
class WaitQueue {
 public:
  virtual ~WaitQueue() = default;
  virtual void wait(const std::function<bool()>& ready) = 0;
  // As wait(), but gives up after `timeout_ps`; returns whether `ready` held.
  virtual bool wait_for(const std::function<bool()>& ready, u64 timeout_ps) = 0;
  virtual void wake_all() = 0;
};

enum class LogLevel : u8 { kErr, kWarn, kInfo };
enum class PageUse : u8 { kProcess, kPageTable, kDriver, kStructure };

// CPU work charged by name; durations are the configuration's cpu.costs.*.
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

  // A kernel thread; it starts later in simulated time (a delta cycle at least) and may return.
  virtual void spawn(std::string name, std::function<void()> body) = 0;
  virtual std::unique_ptr<Mutex> make_mutex(std::string name) = 0;
  virtual std::unique_ptr<WaitQueue> make_wait_queue(std::string name) = 0;

  // Device registers: complete before returning, and ordered after all earlier stores of this thread only
  // when a wmb() came between.
  virtual u32 mmio_read32(u64 pa) = 0;
  virtual void mmio_write32(u64 pa, u32 value) = 0;
  virtual u64 mmio_read64(u64 pa) = 0;
  virtual void mmio_write64(u64 pa, u64 value) = 0;
  // 1-, 2- and 4-byte configuration-space style accesses.
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

  // A TLBI instruction of the Inner Shareable domain, and a DSB ISH: whoever takes part in broadcast TLB
  // maintenance has completed the TLBIs before it. Nobody else notices. Stores that a TLBI is to follow need
  // a wmb() before it.
  virtual void tlbi(const spec::BroadcastTlbi& what) = 0;
  virtual void dsb() = 0;

  // Page allocator: `pages` 4 KB pages, contiguous, naturally aligned to the next power of two, zeroed. 0
  // when memory is exhausted. Lowest address first, so freed pages are soon reused. `owner` is an mm id, 0
  // for the kernel.
  virtual u64 alloc_pages(u64 pages, PageUse use, u64 owner) = 0;
  virtual void free_pages(u64 pa, u64 pages) = 0;

  // `handler` runs in a thread of its own each time the line rises (edges while it runs are not lost: it runs
  // again).
  virtual void request_irq(u32 irq, std::string name, std::function<void()> handler) = 0;

  virtual void printk(LogLevel level, std::string text) = 0;
  virtual const trace::Bus& facts() const = 0;
};

}  // namespace smmu_vp::sw

// The kernel services (sw_driver/os.h) on SystemC threads: CPUs that threads compete for, CPU costs, a strong
// or weak memory model, a page allocator and interrupts. Everything above them is part of the driver.
#pragma once

#include <systemc>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm>

#include <map>
#include <optional>

#include "sw_driver/os.h"
#include "testbench/machine/config/config.h"
#include "testbench/machine/os/cpus.h"
#include "testbench/machine/os/interrupts.h"
#include "testbench/machine/os/page_allocator.h"
#include "testbench/machine/os/store_buffer.h"
#include "tlm/transport/broadcast_initiator.h"

namespace smmu_vp::tb {

class SimOs : public sc_core::sc_module, public sw::Os {
 public:
  // Returns the host address of [pa, pa + bytes), null outside RAM.
  using Ram = std::function<u8*(u64 pa, std::size_t bytes)>;

  SimOs(sc_core::sc_module_name name, const Config& config, const trace::Bus& facts, Interrupts& interrupts,
        Ram ram);
  ~SimOs() override;

  tlm_utils::simple_initiator_socket<SimOs> mmio_out;
  transport::BroadcastInitiator broadcasts;

  u64 now_ps() const override;
  void sleep_ps(u64 ps) override;
  void delay_ps(u64 ps) override;
  // Runs `wait`, which waits for something outside the kernel such as a device's answer. The calling thread
  // holds no CPU meanwhile: the threads that bring about the answer may need it.
  void off_cpu(const std::function<void()>& wait);
  void spend(sw::CpuCost what, u64 times) override;

  void spawn(std::string name, std::function<void()> body) override;
  std::unique_ptr<sw::Mutex> make_mutex(std::string name) override;
  std::unique_ptr<sw::WaitQueue> make_wait_queue(std::string name) override;

  u32 mmio_read32(u64 pa) override { return static_cast<u32>(mmio_load(pa, 4)); }
  void mmio_write32(u64 pa, u32 value) override { mmio_store(pa, 4, value); }
  u64 mmio_read64(u64 pa) override { return mmio_load(pa, 8); }
  void mmio_write64(u64 pa, u64 value) override { mmio_store(pa, 8, value); }
  u32 mmio_read(u64 pa, unsigned bytes) override { return static_cast<u32>(mmio_load(pa, bytes)); }
  void mmio_write(u64 pa, unsigned bytes, u32 value) override { mmio_store(pa, bytes, value); }

  u64 load64(u64 pa) override;
  void store64(u64 pa, u64 value) override;
  u32 load32(u64 pa) override;
  void read(u64 pa, void* data, std::size_t bytes) override;
  void write(u64 pa, const void* data, std::size_t bytes) override;
  void wmb() override { barrier(); }
  void mb() override { barrier(); }
  void tlbi(const spec::BroadcastTlbi& what) override;
  void dsb() override;

  u64 alloc_pages(u64 pages, sw::PageUse use, u64 owner) override;
  void free_pages(u64 pa, u64 pages) override;

  void request_irq(u32 irq, std::string name, std::function<void()> handler) override;

  void printk(sw::LogLevel level, std::string text) override;
  const trace::Bus& facts() const override { return facts_; }

  // For observers. `ran` is called when a thread gives up its CPU. running() returns the calling thread's
  // name, empty outside kernel threads.
  using Ran = std::function<void(std::string_view thread, unsigned cpu, u64 begin_ps, u64 end_ps)>;
  void on_ran(Ran ran) { ran_ = std::move(ran); }
  std::string_view running() const;

 private:
  class SimMutex;
  class SimWaitQueue;
  struct Thread {
    u64 id = 0;
    std::string name;
    unsigned cpu = 0;
    u64 owed_ps = 0;        // time of loads and stores that it has not waited for yet
    u64 turn_began_ps = 0;  // when it last acquired a CPU
  };

  Thread& current() const;
  void get_cpu(Thread& thread);
  void give_cpu(const Thread& thread);
  // Releases the calling thread's CPU while `wait` waits, then acquires one again.
  template <typename Wait>
  void sleep_until(Wait wait);
  void run_for(u64 ps);  // waits without releasing the CPU
  void settle() const;   // waits for the time that the calling thread owes
  void owe(u64 ps);
  void yield_if_turn_is_over(Thread& thread);
  void barrier();
  void drain_stores();
  void expire_stores();
  u64 mmio_load(u64 pa, unsigned bytes);
  void mmio_store(u64 pa, unsigned bytes, u64 value);
  bool transport(tlm::tlm_command command, u64 pa, void* data, unsigned bytes);
  bool in_ram(u64 pa, std::size_t bytes, const char* what);
  u64 load(u64 pa, unsigned bytes);
  void landed(u64 pa, std::size_t bytes);

  const CpuConfig config_;
  const trace::Bus& facts_;
  Interrupts& interrupts_;
  Ram ram_;
  Cpus cpus_;
  PageAllocator pages_;
  std::optional<StoreBuffer> stores_;  // weak memory model only
  std::map<u64, u64> structures_;      // first byte -> end of the pages with use kStructure
  sc_core::sc_event stores_due_;
  std::map<const sc_core::sc_process_b*, std::unique_ptr<Thread>>
      threads_;  // only looked up: iteration order would vary between runs
  u64 threads_made_ = 0;
  Ran ran_;
};

}  // namespace smmu_vp::tb

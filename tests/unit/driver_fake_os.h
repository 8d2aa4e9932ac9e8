// An operating system for driver tests: memory in a map, threads that take turns, and time that advances only
// when every thread waits. Register accesses go to the devices added to it.
#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "sw_driver/os.h"

namespace smmu_vp::sw_test {

// A device in the fake machine's address space.
class FakeDevice {
 public:
  virtual ~FakeDevice() = default;
  virtual u64 read(u64 offset, unsigned bytes) = 0;
  virtual void write(u64 offset, unsigned bytes, u64 value) = 0;
};

class FakeOs : public sw::Os {
 public:
  static constexpr u64 kRam = 0x8000'0000;

  FakeOs() : bus_([this] { return now_; }) {}
  ~FakeOs() override;

  // Runs `body` as a thread until it returns; the other threads live on until the next run() or the end.
  void run(const std::function<void()>& body);

  void plug(u64 base, u64 bytes, FakeDevice& device) { devices_[base] = {bytes, &device}; }
  void raise_irq(u32 irq);
  trace::Bus& bus() { return bus_; }

  struct Store {
    u64 pa, value;
  };
  std::vector<Store> stores;  // by store64
  std::vector<spec::BroadcastTlbi> broadcasts;
  std::vector<std::string> log;
  std::set<u64> freed;  // every page ever freed
  u64 pages_left = 1 << 20;
  u64 memory_ps = 0;  // time of one read() or write()
  u64 owner_of(u64 pa) const { return owners_.at(pa); }
  bool is_allocated(u64 pa) const { return owners_.contains(pa); }
  // Called at every access that is visible from outside, for tests of the order of events.
  std::function<void(const std::string&)> trail = [](const std::string&) {};

  u64 now_ps() const override { return now_; }
  void sleep_ps(u64 ps) override { pause(now_ + ps); }
  void spend(sw::CpuCost, u64) override {}
  void spawn(std::string name, std::function<void()> body) override;
  std::unique_ptr<sw::Mutex> make_mutex(std::string name) override;
  std::unique_ptr<sw::WaitQueue> make_wait_queue(std::string name) override;
  u32 mmio_read32(u64 pa) override { return static_cast<u32>(mmio(pa).read(offset(pa), 4)); }
  void mmio_write32(u64 pa, u32 value) override { mmio(pa).write(offset(pa), 4, value); }
  u64 mmio_read64(u64 pa) override { return mmio(pa).read(offset(pa), 8); }
  void mmio_write64(u64 pa, u64 value) override { mmio(pa).write(offset(pa), 8, value); }
  u32 mmio_read(u64 pa, unsigned bytes) override {
    return static_cast<u32>(mmio(pa).read(offset(pa), bytes));
  }
  void mmio_write(u64 pa, unsigned bytes, u32 value) override { mmio(pa).write(offset(pa), bytes, value); }
  u64 load64(u64 pa) override;
  void store64(u64 pa, u64 value) override;
  u32 load32(u64 pa) override;
  void read(u64 pa, void* data, std::size_t bytes) override;
  void write(u64 pa, const void* data, std::size_t bytes) override;
  void wmb() override {}
  void mb() override {}
  void tlbi(const spec::BroadcastTlbi& what) override {
    broadcasts.push_back(what);
    trail("tlbi");
  }
  void dsb() override { trail("dsb"); }
  u64 alloc_pages(u64 pages, sw::PageUse use, u64 owner) override;
  void free_pages(u64 pa, u64 pages) override;
  void request_irq(u32 irq, std::string name, std::function<void()> handler) override;
  void printk(sw::LogLevel level, std::string text) override;
  const trace::Bus& facts() const override { return bus_; }

 private:
  friend class FakeWaitQueue;
  struct Stop {};  // thrown in threads that outlive the test
  struct Thread {
    u64 wake_ps = 0;
    bool done = false;
    std::condition_variable turn;
    std::thread runner;
  };
  static constexpr u64 kNever = ~u64{0};

  // Lets other threads run until `wake_ps`.
  void pause(u64 wake_ps);
  void hand_over(std::unique_lock<std::mutex>& lock);
  void body_of(std::size_t id, Thread& self, const std::function<void()>& body);
  FakeDevice& mmio(u64 pa);
  u64 offset(u64 pa) const { return pa - std::prev(devices_.upper_bound(pa))->first; }
  void copy(u64 pa, void* data, std::size_t bytes, bool to_memory);

  struct Plugged {
    u64 bytes;
    FakeDevice* device;
  };
  struct Irq {
    std::function<void()> handler;
    std::unique_ptr<sw::WaitQueue> wake;
    unsigned pending = 0;
  };

  trace::Bus bus_;
  u64 now_ = 0;
  std::map<u64, Plugged> devices_;
  std::unordered_map<u64, std::array<u8, 4096>> memory_;
  std::map<u64, u64> owners_;  // allocated 4 KB pages
  std::map<u32, Irq> irqs_;

  std::mutex baton_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
};

}  // namespace smmu_vp::sw_test

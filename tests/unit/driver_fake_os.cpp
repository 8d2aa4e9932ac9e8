// Exactly one thread runs at a time; the one with the earliest wake-up time is next.
#include "tests/unit/driver_fake_os.h"

#include <cstring>
#include <stdexcept>

namespace smmu_vp::sw_test {

class FakeWaitQueue : public sw::WaitQueue {
 public:
  explicit FakeWaitQueue(FakeOs& os) : os_(os) {}
  void wait(const std::function<bool()>& ready) override { wait_until(ready, FakeOs::kNever); }
  bool wait_for(const std::function<bool()>& ready, u64 timeout_ps) override {
    return wait_until(ready, os_.now_ + timeout_ps);
  }
  void wake_all() override {
    for (const std::size_t id : sleepers_) os_.threads_[id]->wake_ps = os_.now_;
    sleepers_.clear();
  }

 private:
  bool wait_until(const std::function<bool()>& ready, u64 deadline) {
    while (!ready()) {
      if (os_.now_ >= deadline) return false;
      sleepers_.push_back(os_.running_);
      os_.pause(deadline);
    }
    return true;
  }

  FakeOs& os_;
  std::vector<std::size_t> sleepers_;
};

class FakeMutex : public sw::Mutex {
 public:
  explicit FakeMutex(FakeOs& os) : free_(os) {}
  void lock() override {
    free_.wait([this] { return !held_; });
    held_ = true;
  }
  void unlock() override {
    held_ = false;
    free_.wake_all();
  }

 private:
  FakeWaitQueue free_;
  bool held_ = false;
};

FakeOs::~FakeOs() {
  std::unique_lock lock(baton_);
  stopping_ = true;
  for (auto& t : threads_) {
    t->turn.notify_all();
    lock.unlock();
    if (t->runner.joinable()) t->runner.join();
    lock.lock();
  }
}

void FakeOs::hand_over(std::unique_lock<std::mutex>&) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i]->done) continue;
    if (threads_[next]->done || threads_[i]->wake_ps < threads_[next]->wake_ps) next = i;
  }
  // Thread 0 is told about a deadlock, so that the test fails instead of hanging.
  if (threads_[next]->wake_ps == kNever) {
    next = 0;
    failure_ = std::make_exception_ptr(std::logic_error("every thread waits for ever"));
  } else {
    now_ = std::max(now_, threads_[next]->wake_ps);
  }
  running_ = next;
  threads_[next]->turn.notify_all();
}

void FakeOs::pause(u64 wake_ps) {
  std::unique_lock lock(baton_);
  const std::size_t me = running_;
  threads_[me]->wake_ps = wake_ps;
  hand_over(lock);
  threads_[me]->turn.wait(lock, [&] { return running_ == me || stopping_; });
  if (stopping_) throw Stop{};
  if (me == 0 && failure_) std::rethrow_exception(failure_);
}

// Until its first turn the thread runs in parallel with the others, so it only accesses its own record.
void FakeOs::body_of(std::size_t id, Thread& self, const std::function<void()>& body) {
  {
    std::unique_lock lock(baton_);
    self.turn.wait(lock, [&] { return running_ == id || stopping_; });
    if (stopping_) return;
  }
  try {
    body();
  } catch (const Stop&) {
    return;
  } catch (...) {
    failure_ = std::current_exception();
  }
  std::unique_lock lock(baton_);
  self.done = true;
  hand_over(lock);
}

// Thread 0 is the caller itself.
void FakeOs::run(const std::function<void()>& body) {
  if (threads_.empty()) threads_.push_back(std::make_unique<Thread>());
  running_ = 0;
  threads_[0]->wake_ps = now_;
  body();
}

void FakeOs::spawn(std::string, std::function<void()> body) {
  const std::size_t id = threads_.size();
  threads_.push_back(std::make_unique<Thread>());
  Thread& made = *threads_.back();
  made.wake_ps = now_;
  made.runner = std::thread([this, id, &made, b = std::move(body)] { body_of(id, made, b); });
}

std::unique_ptr<sw::Mutex> FakeOs::make_mutex(std::string) {
  return std::make_unique<FakeMutex>(*this);
}
std::unique_ptr<sw::WaitQueue> FakeOs::make_wait_queue(std::string) {
  return std::make_unique<FakeWaitQueue>(*this);
}

FakeDevice& FakeOs::mmio(u64 pa) {
  const auto next = devices_.upper_bound(pa);
  if (next == devices_.begin() || pa - std::prev(next)->first >= std::prev(next)->second.bytes)
    throw std::out_of_range("no device at this address");
  return *std::prev(next)->second.device;
}

void FakeOs::copy(u64 pa, void* data, std::size_t bytes, bool to_memory) {
  auto* at = static_cast<u8*>(data);
  while (bytes != 0) {
    auto& page = memory_[pa >> 12];
    const std::size_t in_page = pa & 4095, n = std::min<std::size_t>(bytes, 4096 - in_page);
    if (to_memory)
      std::memcpy(page.data() + in_page, at, n);
    else
      std::memcpy(at, page.data() + in_page, n);
    pa += n;
    at += n;
    bytes -= n;
  }
}

u64 FakeOs::load64(u64 pa) {
  u64 value = 0;
  copy(pa, &value, 8, false);
  return value;
}
u32 FakeOs::load32(u64 pa) {
  u32 value = 0;
  copy(pa, &value, 4, false);
  return value;
}
void FakeOs::store64(u64 pa, u64 value) {
  stores.push_back({pa, value});
  copy(pa, &value, 8, true);
}
void FakeOs::read(u64 pa, void* data, std::size_t bytes) {
  if (memory_ps != 0) sleep_ps(memory_ps);
  copy(pa, data, bytes, false);
}
void FakeOs::write(u64 pa, const void* data, std::size_t bytes) {
  if (memory_ps != 0) sleep_ps(memory_ps);
  copy(pa, const_cast<void*>(data), bytes, true);
}

u64 FakeOs::alloc_pages(u64 pages, sw::PageUse, u64 owner) {
  if (pages > pages_left) return 0;
  u64 align = 1;
  while (align < pages) align *= 2;
  for (u64 page = kRam >> 12;; page += align) {
    bool free = true;
    for (u64 i = 0; i < pages && free; ++i) free = !owners_.contains((page + i) << 12);
    if (!free) continue;
    for (u64 i = 0; i < pages; ++i) {
      owners_[(page + i) << 12] = owner;
      memory_[page + i].fill(0);
    }
    pages_left -= pages;
    return page << 12;
  }
}

void FakeOs::free_pages(u64 pa, u64 pages) {
  trail("free");
  pages_left += pages;
  for (u64 i = 0; i < pages; ++i) {
    if (owners_.erase(pa + (i << 12)) == 0) throw std::logic_error("freed twice");
    freed.insert(pa + (i << 12));
  }
}

void FakeOs::request_irq(u32 irq, std::string name, std::function<void()> handler) {
  Irq& i = irqs_[irq];
  i.handler = std::move(handler);
  i.wake = make_wait_queue(name);
  spawn(std::move(name), [&i] {
    for (;;) {
      i.wake->wait([&i] { return i.pending != 0; });
      i.pending = 0;
      i.handler();
    }
  });
}

void FakeOs::raise_irq(u32 irq) {
  const auto it = irqs_.find(irq);
  if (it == irqs_.end()) return;
  ++it->second.pending;
  it->second.wake->wake_all();
}

void FakeOs::printk(sw::LogLevel, std::string text) {
  log.push_back(std::move(text));
}

}  // namespace smmu_vp::sw_test

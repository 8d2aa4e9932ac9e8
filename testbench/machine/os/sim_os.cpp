// Threads, CPUs and time of the simulated kernel.
#include "testbench/machine/os/sim_os.h"

#include <algorithm>
#include <cassert>
#include <cctype>

namespace smmu_vp::tb {

namespace {

// Single loads and stores take little time. A thread waits for it once this much has added up, or at the next
// point where another thread could observe the difference.
constexpr u64 kOwedLimitPs = 50'000;

u64 time_ps() {
  return sc_core::sc_time_stamp().value();
}
void wait_ps(u64 ps) {
  if (ps != 0) sc_core::wait(sc_core::sc_time::from_value(ps));
}

}  // namespace

SimOs::SimOs(sc_core::sc_module_name name, const Config& config, const trace::Bus& facts,
             Interrupts& interrupts, Ram ram)
    : sc_module(name),
      broadcasts("broadcasts"),
      config_(config.cpu),
      facts_(facts),
      interrupts_(interrupts),
      ram_(std::move(ram)),
      cpus_(config.cpu.count),
      pages_(config.memory.base, config.memory.size) {
  if (config_.memory_model == MemoryModel::kWeak) {
    stores_.emplace(Random(config.seed, 1), config_.store_delay_ps,
                    [this](u64 pa, const void* data, std::size_t bytes) {
                      u8* at = ram_(pa, bytes);
                      if (at == nullptr) return;
                      std::memcpy(at, data, bytes);
                      landed(pa, bytes);
                    });
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&stores_due_);
    options.dont_initialize();
    sc_core::sc_spawn([this] { expire_stores(); }, "stores", &options);
  }
}

SimOs::~SimOs() = default;

SimOs::Thread& SimOs::current() const {
  const auto it = threads_.find(sc_core::sc_get_current_process_b());
  assert(it != threads_.end() && "only threads created by spawn() may call kernel services");
  return *it->second;
}

std::string_view SimOs::running() const {
  const auto it = threads_.find(sc_core::sc_get_current_process_b());
  return it == threads_.end() ? std::string_view{} : it->second->name;
}

void SimOs::get_cpu(Thread& thread) {
  thread.cpu = cpus_.acquire();
  thread.turn_began_ps = time_ps();
}

void SimOs::give_cpu(const Thread& thread) {
  if (ran_) ran_(thread.name, thread.cpu, thread.turn_began_ps, time_ps());
  cpus_.release(thread.cpu);
}

void SimOs::spawn(std::string name, std::function<void()> body) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(512 * 1024);
  // SystemC names may contain only letters, digits and underscores.
  std::string plain = name;
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  const std::string unique = sc_core::sc_gen_unique_name(plain.c_str());
  sc_core::sc_spawn(
      [this, name = std::move(name), body = std::move(body)] {
        auto thread = std::make_unique<Thread>();
        thread->id = ++threads_made_;
        thread->name = name;
        const auto* process = sc_core::sc_get_current_process_b();
        threads_[process] = std::move(thread);
        sc_core::wait(sc_core::SC_ZERO_TIME);
        get_cpu(current());
        body();
        settle();
        drain_stores();
        give_cpu(current());
        threads_.erase(process);
      },
      unique.c_str(), &options);
}

template <typename Wait>
void SimOs::sleep_until(Wait wait) {
  settle();
  drain_stores();
  give_cpu(current());
  wait();
  get_cpu(current());
}

void SimOs::run_for(u64 ps) {
  Thread& thread = current();
  wait_ps(std::exchange(thread.owed_ps, 0) + ps);
  yield_if_turn_is_over(thread);
}

void SimOs::settle() const {
  wait_ps(std::exchange(current().owed_ps, 0));
}

void SimOs::owe(u64 ps) {
  Thread& thread = current();
  thread.owed_ps += ps;
  if (thread.owed_ps >= kOwedLimitPs) run_for(0);
}

void SimOs::yield_if_turn_is_over(Thread& thread) {
  if (!cpus_.contended() || time_ps() - thread.turn_began_ps < config_.timeslice_ps) return;
  sleep_until([] {});
}

u64 SimOs::now_ps() const {
  settle();
  return time_ps();
}

void SimOs::sleep_ps(u64 ps) {
  sleep_until([ps] { wait_ps(ps); });
}

void SimOs::delay_ps(u64 ps) {
  run_for(ps);
}

void SimOs::off_cpu(const std::function<void()>& wait) {
  sleep_until(wait);
}

void SimOs::spend(sw::CpuCost what, u64 times) {
  const CpuCosts& c = config_.costs;
  const auto cost = [&] {
    switch (what) {
      case sw::CpuCost::kSyscall:
        return c.syscall_ps;
      case sw::CpuCost::kContextSwitch:
        return c.context_switch_ps;
      case sw::CpuCost::kIrqEntry:
        return c.irq_entry_ps;
      case sw::CpuCost::kFaultHandler:
        return c.fault_handler_ps;
      case sw::CpuCost::kCommandBuild:
        return c.command_build_ps;
      case sw::CpuCost::kPageZero:
        return c.page_zero_ps;
      case sw::CpuCost::kPteUpdate:
        return c.pte_update_ps;
    }
    return u64{0};
  };
  owe(cost() * times);
}

// A FIFO lock: unlock() hands it over, so that no thread overtakes a waiting one.
class SimOs::SimMutex final : public sw::Mutex {
 public:
  explicit SimMutex(SimOs& os) : os_(os) {}

  void lock() override {
    os_.settle();
    if (!std::exchange(locked_, true)) return;
    Waiter me;
    waiting_.push_back(&me);
    os_.sleep_until([&] {
      if (!me.granted) sc_core::wait(me.woken);
    });
    os_.run_for(os_.config_.costs.context_switch_ps);
  }

  void unlock() override {
    os_.settle();
    os_.drain_stores();
    if (waiting_.empty()) {
      locked_ = false;
      return;
    }
    Waiter& next = *waiting_.front();
    waiting_.pop_front();
    next.granted = true;
    next.woken.notify(sc_core::SC_ZERO_TIME);
  }

 private:
  struct Waiter {
    bool granted = false;
    sc_core::sc_event woken;
  };
  SimOs& os_;
  bool locked_ = false;
  std::deque<Waiter*> waiting_;
};

class SimOs::SimWaitQueue final : public sw::WaitQueue {
 public:
  explicit SimWaitQueue(SimOs& os) : os_(os) {}

  void wait(const std::function<bool()>& ready) override {
    until(ready, [this] {
      sc_core::wait(woken_);
      return true;
    });
  }

  bool wait_for(const std::function<bool()>& ready, u64 timeout_ps) override {
    const u64 end = os_.now_ps() + timeout_ps;
    return until(ready, [this, end] {
      if (const u64 now = time_ps(); now < end)
        sc_core::wait(sc_core::sc_time::from_value(end - now), woken_);
      return time_ps() < end;
    });
  }

  void wake_all() override {
    os_.settle();
    os_.drain_stores();
    ++wakes_;
    woken_.notify(sc_core::SC_ZERO_TIME);
  }

 private:
  // Rechecks `ready` after each wake-up. `ready` may block, so a wake-up during it must not be missed. `nap`
  // returns whether there is time left.
  template <typename Nap>
  bool until(const std::function<bool()>& ready, Nap nap) {
    bool time_left = true;
    while (true) {
      const u64 seen = wakes_;
      if (ready()) return true;
      if (!time_left) return false;
      os_.sleep_until([&] {
        if (seen == wakes_) time_left = nap();
      });
      os_.run_for(os_.config_.costs.context_switch_ps);
    }
  }

  SimOs& os_;
  u64 wakes_ = 0;
  sc_core::sc_event woken_;
};

std::unique_ptr<sw::Mutex> SimOs::make_mutex(std::string) {
  return std::make_unique<SimMutex>(*this);
}
std::unique_ptr<sw::WaitQueue> SimOs::make_wait_queue(std::string) {
  return std::make_unique<SimWaitQueue>(*this);
}

void SimOs::request_irq(u32 irq, std::string name, std::function<void()> handler) {
  struct Line {
    bool pending = false;
    sc_core::sc_event rose;
  };
  auto line = std::make_shared<Line>();
  interrupts_.listen(irq, [line] {
    line->pending = true;
    line->rose.notify(sc_core::SC_ZERO_TIME);
  });
  spawn(std::move(name), [this, line, handler = std::move(handler)] {
    while (true) {
      sleep_until([&] {
        if (!line->pending) sc_core::wait(line->rose);
      });
      line->pending = false;
      run_for(config_.costs.irq_entry_ps);
      handler();
    }
  });
}

void SimOs::printk(sw::LogLevel level, std::string text) {
  settle();
  facts_.announce(trace::KernelLog{level, std::move(text)});
}

}  // namespace smmu_vp::tb

// The kernel's services on SystemC threads: what a driver relies on.
#include <doctest/doctest.h>

#include <vector>

#include "testbench/machine/os/sim_os.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

// A machine with only RAM and a register that counts.
struct Machine : sc_core::sc_module {
  explicit Machine(const Config& c, sc_core::sc_module_name name = "machine")
      : sc_module(name),
        config(c),
        ram(1 << 20),
        interrupts("interrupts", 16),
        os("os", config, bus, interrupts,
           [this](u64 pa, std::size_t n) { return inside(pa, n) ? &ram[pa - config.memory.base] : nullptr; }),
        device("device"),
        doorbell("doorbell") {
    os.mmio_out.bind(device);
    doorbell.bind(interrupts.doorbell);
    device.register_b_transport(this, &Machine::access);
  }
  bool inside(u64 pa, std::size_t n) const {
    return pa >= config.memory.base && pa - config.memory.base + n <= ram.size();
  }
  void access(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    if (p.get_address() != 0x1000) {
      p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    if (p.is_read()) std::memset(p.get_data_ptr(), 7, p.get_data_length());
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  void run() { sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC)); }

  Config config;
  trace::Bus bus{[] { return sc_core::sc_time_stamp().value(); }};
  std::vector<u8> ram;
  Interrupts interrupts;
  SimOs os;
  tlm_utils::simple_target_socket<Machine> device;
  tlm_utils::simple_initiator_socket<Machine> doorbell;
};

Config small() {
  Config c;
  c.memory.size = 1 << 20;
  c.cpu.costs.context_switch_ps = 0;
  return c;
}

constexpr u64 kUs = 1'000'000;

}  // namespace

TEST_CASE("more runnable threads than CPUs take turns") {
  Config c = small();
  c.cpu.count = 2;
  Machine m(c);
  std::vector<u64> ends;
  for (int i = 0; i < 4; ++i) {
    m.os.spawn("worker", [&] {
      m.os.delay_ps(10 * kUs);
      ends.push_back(m.os.now_ps());
    });
  }
  m.run();
  CHECK(ends == std::vector<u64>{10 * kUs, 10 * kUs, 20 * kUs, 20 * kUs});
}

TEST_CASE("a sleeping thread releases its CPU") {
  Config c = small();
  c.cpu.count = 1;
  Machine m(c);
  u64 worked = 0;
  m.os.spawn("sleeper", [&] { m.os.sleep_ps(100 * kUs); });
  m.os.spawn("worker", [&] {
    m.os.delay_ps(10 * kUs);
    worked = m.os.now_ps();
  });
  m.run();
  CHECK(worked == 10 * kUs);
}

TEST_CASE("a thread that runs longer than its time slice yields to a waiting one") {
  Config c = small();
  c.cpu.count = 1;
  c.cpu.timeslice_ps = 50 * kUs;
  Machine m(c);
  u64 worked = 0;
  m.os.spawn("spinner", [&] {
    for (int i = 0; i < 100; ++i) m.os.delay_ps(10 * kUs);
  });
  m.os.spawn("worker", [&] {
    m.os.sleep_ps(5 * kUs);  // by now the other one has the CPU
    m.os.delay_ps(kUs);
    worked = m.os.now_ps();
  });
  m.run();
  CHECK(worked == 51 * kUs);
}

TEST_CASE("a mutex is handed over first come, first served") {
  Machine m(small());
  auto mutex = m.os.make_mutex("m");
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    m.os.spawn("contender", [&, i] {
      m.os.sleep_ps(static_cast<u64>(i + 1) * kUs);
      const sw::Guard hold(*mutex);
      order.push_back(i);
      m.os.sleep_ps(10 * kUs);
    });
  }
  m.run();
  CHECK(order == std::vector<int>{0, 1, 2});
}

TEST_CASE("a wake-up between checking and sleeping is not lost") {
  Machine m(small());
  auto queue = m.os.make_wait_queue("q");
  bool ready = false, woke = false;
  m.os.spawn("waiter", [&] {
    queue->wait([&] {
      const bool seen = ready;
      m.os.delay_ps(10 * kUs);  // checking takes time
      return seen;
    });
    woke = true;
  });
  m.os.spawn("waker", [&] {
    m.os.sleep_ps(5 * kUs);
    ready = true;
    queue->wake_all();
  });
  m.run();
  CHECK(woke);
}

TEST_CASE("a wait with a timeout ends at the timeout") {
  Machine m(small());
  auto queue = m.os.make_wait_queue("q");
  bool held = true;
  u64 when = 0;
  m.os.spawn("waiter", [&] {
    held = queue->wait_for([] { return false; }, 30 * kUs);
    when = m.os.now_ps();
  });
  m.run();
  CHECK_FALSE(held);
  CHECK(when == 30 * kUs);
}

TEST_CASE("an interrupt raised while its handler runs makes it run again") {
  Machine m(small());
  int handled = 0;
  m.os.request_irq(5, "irq", [&] {
    ++handled;
    m.os.sleep_ps(10 * kUs);
  });
  m.os.spawn("device", [&] {
    m.os.sleep_ps(kUs);
    m.interrupts.raise(5);
    m.os.sleep_ps(5 * kUs);
    m.interrupts.raise(5);
  });
  m.run();
  CHECK(handled == 2);
}

namespace {

// How often a reader saw the flag of a message before its data.
u64 seen_out_of_order(MemoryModel model, bool barrier) {
  Config c = small();
  c.cpu.memory_model = model;
  Machine m(c);
  const u64 data = c.memory.base, flag = data + 64;
  bool done = false;
  u64 wrong = 0;
  m.os.spawn("writer", [&] {
    for (u64 i = 1; i <= 200; ++i) {
      m.os.store64(data, i);
      if (barrier) m.os.wmb();
      m.os.store64(flag, i);
      m.os.delay_ps(2 * kUs);
    }
    done = true;
  });
  m.os.spawn("reader", [&] {
    while (!done) {
      const u64 seen_flag = m.os.load64(flag), seen_data = m.os.load64(data);
      wrong += seen_flag > seen_data ? 1 : 0;
      m.os.delay_ps(50'000);
    }
  });
  m.run();
  return wrong;
}

}  // namespace

TEST_CASE("in the weak model a later store may be seen before an earlier one") {
  CHECK(seen_out_of_order(MemoryModel::kWeak, false) > 0);
}
TEST_CASE("in the weak model a barrier keeps stores in order") {
  CHECK(seen_out_of_order(MemoryModel::kWeak, true) == 0);
}
TEST_CASE("in the strong model stores are seen in order without a barrier") {
  CHECK(seen_out_of_order(MemoryModel::kStrong, false) == 0);
}

TEST_CASE("an allocated page is zero whoever used it before") {
  Machine m(small());
  u64 first = 0, again = 0, content = 1;
  m.os.spawn("owner", [&] {
    first = m.os.alloc_pages(1, sw::PageUse::kProcess, 1);
    m.os.store64(first + 8, 0x1234);
    m.os.free_pages(first, 1);
    again = m.os.alloc_pages(1, sw::PageUse::kProcess, 2);
    m.os.sleep_ps(10 * kUs);
    content = m.os.load64(again + 8);
  });
  m.run();
  CHECK(first == again);
  CHECK(content == 0);
}

TEST_CASE("a register at an unused address reads as ones and is logged") {
  Machine m(small());
  std::vector<std::string> log;
  m.bus.on<trace::KernelLog>([&](const trace::KernelLog& l, u64) { log.push_back(l.text); });
  u32 good = 0, bad = 0;
  m.os.spawn("driver", [&] {
    good = m.os.mmio_read32(0x1000);
    bad = m.os.mmio_read32(0x2000);
  });
  m.run();
  CHECK(good == 0x0707'0707);
  CHECK(bad == 0xffff'ffff);
  REQUIRE(log.size() == 1);
  CHECK(log[0].find("0x2000") != std::string::npos);
}

TEST_CASE("on a machine without broadcasts a TLBI costs nothing and a DSB a barrier") {
  Config c = small();
  c.cpu.costs.barrier_ps = 3 * kUs;
  Machine m(c);
  u64 after_tlbi = 1, after_dsb = 0;
  m.os.spawn("kernel", [&] {
    m.os.tlbi({.op = spec::BroadcastOp::kAllE1});
    after_tlbi = m.os.now_ps();
    m.os.dsb();
    after_dsb = m.os.now_ps();
  });
  m.run();
  CHECK(after_tlbi == 0);
  CHECK(after_dsb == 3 * kUs);
}

TEST_CASE("a thread that waits for a device releases its CPU") {
  Config c = small();
  c.cpu.count = 1;
  Machine m(c);
  sc_core::sc_event answer;
  bool asked = false, answered = false;
  m.os.spawn("asker", [&] {
    asked = true;
    m.os.off_cpu([&] { sc_core::wait(answer); });
    answered = true;
  });
  m.os.spawn("helper", [&] {
    while (!asked) m.os.sleep_ps(kUs);
    m.os.delay_ps(kUs);
    answer.notify();
  });
  m.run();
  CHECK(answered);
}

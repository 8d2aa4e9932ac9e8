// Accesses in simulated time, several at once.
#include <fmt/format.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

#include "testbench/observe/trace_sinks/event_log.h"
#include "testbench/observe/trace_sinks/latency.h"
#include "testbench/observe/trace_sinks/timeline.h"
#include "testbench/observe/trace_sinks/wave_signals.h"
#include "tests/perf/machine.h"
#include "tests/perf/subjects.h"

namespace smmu_vp::perf {

namespace {

constexpr unsigned kBatch = 2048;

MachineConfig timed(const core::CacheConfig& tlb) {
  MachineConfig c;
  c.smmu.base = 0;
  c.smmu.tbus = 1;
  c.smmu.tlb = tlb;
  c.mode = transport::TimingMode::kTimed;
  return c;
}
MachineConfig hits() {
  return timed({.sets = 256, .ways = 4, .block_entries = 16, .mshrs = 16});
}
// Room for one page, so that an access misses whatever came before it.
MachineConfig misses() {
  return timed({.sets = 1, .ways = 1, .block_entries = 1, .mshrs = 16});
}

// So many threads, each with one access at a time, share a batch.
class Crowd : public Subject {
 public:
  Crowd(const MachineConfig& config, unsigned outstanding, unsigned pages)
      : machine_(sc_core::sc_gen_unique_name("machine"), config), outstanding_(outstanding), pages_(pages) {}

  void start() override {
    machine_.start();
    for (unsigned i = 0; i < outstanding_; ++i) {
      sc_core::sc_spawn_options small;
      small.set_stack_size(1 << 16);
      sc_core::sc_spawn([this] { work(); }, sc_core::sc_gen_unique_name("worker"), &small);
    }
    sc_core::wait(sc_core::SC_ZERO_TIME);
    run();
  }
  bool run() override {
    left_ = kBatch;
    busy_ = outstanding_;
    begin_.notify();
    while (busy_ != 0) sc_core::wait(end_);
    return ok_;
  }
  unsigned items() const override { return kBatch; }

 protected:
  Machine& machine() { return machine_; }

 private:
  void work() {
    KeptPayload kept;
    for (;;) {
      sc_core::wait(begin_);
      while (left_ != 0) {
        --left_;
        ok_ = machine_.dma(Machine::kVa + 4096 * u64{i_++ % pages_}, kept) && ok_;
      }
      if (--busy_ == 0) end_.notify();
    }
  }

  Machine machine_;
  unsigned outstanding_, pages_;
  unsigned left_ = 0, busy_ = 0, i_ = 0;
  bool ok_ = true;
  sc_core::sc_event begin_, end_;
};

// Everything that a run records, of the facts of one TBU.
class Recorded : public Crowd {
 public:
  Recorded() : Crowd(hits(), 1, 16) {
    std::filesystem::create_directories(folder_);
    trace::Bus& bus = machine().facts();
    log_.emplace(bus, folder_ + "/events.jsonl", tb::EventLog::Options{});
    timeline_.emplace(bus, folder_ + "/timeline.json");
    latency_.emplace(bus);
    signals_.emplace(bus, waves_, 1u, std::span<const u32>());
    waves_.open(folder_ + "/waves.fst", {});
  }
  ~Recorded() override {
    const u64 now = transport::Timing::now_ps();
    log_->close();
    timeline_->close(now);
    waves_.close(now);
    std::filesystem::remove_all(folder_);
  }

 private:
  const std::string folder_ =
      (std::filesystem::temp_directory_path() / fmt::format("smmu-vp-bench-{}", ::getpid())).string();
  std::optional<tb::EventLog> log_;
  std::optional<tb::Timeline> timeline_;
  std::optional<tb::Latency> latency_;
  tb::WaveFile waves_{{}};
  std::optional<tb::WaveSignals> signals_;
};

}  // namespace

std::unique_ptr<Subject> miss_1() {
  return std::make_unique<Crowd>(misses(), 1, Machine::kPages);
}
std::unique_ptr<Subject> miss_512() {
  return std::make_unique<Crowd>(misses(), 512, Machine::kPages);
}
std::unique_ptr<Subject> dma_timed() {
  return std::make_unique<Crowd>(hits(), 1, 16);
}
std::unique_ptr<Subject> dma_timed_16() {
  return std::make_unique<Crowd>(hits(), 16, 16);
}
std::unique_ptr<Subject> dma_timed_all_sinks() {
  return std::make_unique<Recorded>();
}

}  // namespace smmu_vp::perf

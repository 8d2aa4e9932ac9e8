// smmu-vp-bench: the model's cost in host time, next to baselines measured in the same process.
#include <benchmark/benchmark.h>

#include <cmath>

#include "testbench/machine/rtl_adapter/make_translation_cache.h"
#include "testbench/machine/rtl_adapter/rtl_cache.h"
#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "tests/perf/goals.h"
#include "tests/perf/machine.h"
#include "tests/unit/pcie_bandwidth.h"

extern "C" int sc_main(int, char**) {
  return 0;
}

namespace smmu_vp::perf {

namespace {

constexpr unsigned kHotPages = 16;

struct Machines {
  Machine usual{"usual", with_tlb({.sets = 1024, .ways = 4, .block_entries = 16, .mshrs = 16})};
  Machine tlbless{"tlbless", walks_always()};
  transport::Timing untimed{transport::TimingMode::kUntimed};
  trace::Bus nobody{[] { return transport::Timing::now_ps(); }};
  std::unique_ptr<core::TranslationCachePort> rtl = tb::make_translation_cache(
      tb::CacheImpl::kRtl, "rtl", kRtlSize, {.hit_ps = 0, .clock_ps = 1000}, untimed, nobody);
  test::System link{test::default_endpoint(), test::kPublishedLink};  // timed: simulated time is measured
  std::unique_ptr<tb::CacheModel> raw = tb::make_cache_model(kRtlSize, "raw");

  static constexpr core::CacheConfig kRtlSize{.sets = 128, .ways = 4, .block_entries = 16, .mshrs = 16};
  static core::SmmuConfig with_tlb(const core::CacheConfig& tlb) {
    core::SmmuConfig c;
    c.base = 0;
    c.tbus = 1;
    c.tlb = tlb;
    return c;
  }
  static core::SmmuConfig walks_always() {
    core::SmmuConfig c = with_tlb({.sets = 1, .ways = 1, .block_entries = 1, .mshrs = 1});
    c.walk_cache_entries = 0;
    return c;
  }
};
Machines* machines;

// Repeats `one(i)`. A failure ends the benchmark, so that a wrong answer never counts as a fast one.
template <typename One>
void repeat(benchmark::State& state, One one) {
  unsigned i = 0;
  for (auto _ : state) {
    if (!one(i++)) return state.SkipWithError("not answered as expected");
  }
  state.SetItemsProcessed(state.iterations());
}

void hop(benchmark::State& state) {
  repeat(state, [&](unsigned i) { return machines->usual.bare(machines->usual.page(i % kHotPages)); });
}
void dma_tlb_hit(benchmark::State& state) {
  repeat(state, [&](unsigned i) { return machines->usual.dma(Machine::kVa + 4096 * (i % kHotPages)); });
}
void dma_walk_4_levels(benchmark::State& state) {
  repeat(state, [&](unsigned i) { return machines->tlbless.dma(Machine::kVa + 4096 * (i % kHotPages)); });
}
void ats_request_hit(benchmark::State& state) {
  repeat(state, [&](unsigned i) {
    return machines->usual.translation_request(Machine::kVa + 4096 * (i % kHotPages));
  });
}
void translated_access(benchmark::State& state) {
  repeat(state, [&](unsigned i) { return machines->usual.translated(machines->usual.page(i % kHotPages)); });
}

// CMD_TLBI_NH_VA, one page each, with the TLB full of others.
void tlbi_by_va(benchmark::State& state) {
  constexpr unsigned kBatch = 1000;
  for (unsigned i = 0; i < Machine::kPages; ++i) machines->usual.dma(Machine::kVa + 4096 * i);
  for (auto _ : state) machines->usual.commands(test::cmd::tlbi_nh_va(Machine::kAsid, 0x1000), kBatch);
  state.SetItemsProcessed(state.iterations() * kBatch);
}
void tlbi_by_asid(benchmark::State& state) {
  constexpr unsigned kBatch = 100;
  for (auto _ : state) machines->usual.commands(test::cmd::tlbi_nh_asid(Machine::kAsid + 1), kBatch);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

core::LookupKey key_of(unsigned i) {
  core::LookupKey key;
  key.context = Machine::kAsid;
  key.va = Machine::kVa + 4096 * (i % kHotPages);
  return key;
}

// Clock cycles with a lookup each, with nothing around the Verilated model.
void rtl_raw_clock(benchmark::State& state) {
  unsigned i = 0;
  core::LookupKey key = key_of(0);
  for (auto _ : state) {
    if (machines->raw->settle({.lookup = &key}).lookup_accepted) key = key_of(++i);
    machines->raw->rise();
  }
  state.SetItemsProcessed(state.iterations());
}
void rtl_lookup_in_loop(benchmark::State& state) {
  for (unsigned i = 0; i < kHotPages; ++i) {
    const core::LookupKey key = key_of(i);
    const core::LookupResult miss = machines->rtl->lookup(key);
    const core::Translation page{.va = key.va, .pa = key.va, .rights = {.user_read = true}};
    if (miss.status == core::LookupStatus::kMiss) machines->rtl->fill(miss.mshr, &page);
  }
  const auto& rtl = dynamic_cast<const tb::RtlCache&>(*machines->rtl);
  const u64 before = rtl.cycles();
  repeat(state,
         [&](unsigned i) { return machines->rtl->lookup(key_of(i)).status == core::LookupStatus::kHit; });
  state.counters["clocks_per_item"] =
      static_cast<double>(rtl.cycles() - before) / static_cast<double>(state.iterations());
}

// Simulated time, not host time: the link's bandwidth next to the published one; at most 1 % apart.
void link_bandwidth(benchmark::State& state) {
  const test::Bandwidth& what = test::kBandwidths[static_cast<std::size_t>(state.range(0))];
  double gbps = 0;
  for (auto _ : state) gbps = test::simulated_gbps(machines->link, what);
  state.counters["simulated_gbps"] = gbps;
  state.counters["published_gbps"] = what.published_gbps;
  state.SetLabel((what.write ? "write " : "read ") + std::to_string(what.bytes) + " B");
  if (std::abs(gbps - what.published_gbps) > 0.01 * what.published_gbps)
    state.SkipWithError("more than 1 % from the published figure");
}

BENCHMARK(link_bandwidth)->DenseRange(0, test::kBandwidths.size() - 1)->Iterations(1);
BENCHMARK(hop);
BENCHMARK(dma_tlb_hit);
BENCHMARK(dma_walk_4_levels);
BENCHMARK(ats_request_hit);
BENCHMARK(translated_access);
BENCHMARK(tlbi_by_va);
BENCHMARK(tlbi_by_asid);
BENCHMARK(rtl_raw_clock);
BENCHMARK(rtl_lookup_in_loop);

}  // namespace

}  // namespace smmu_vp::perf

int main(int argc, char** argv) {
  using namespace smmu_vp::perf;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Machines all;
  machines = &all;
  // Everything that may wait must run in a simulation thread.
  sc_core::sc_spawn_options options;
  options.set_stack_size(8 << 20);
  sc_core::sc_spawn(
      [&] {
        all.link.enable(false, 0);
        all.usual.start();
        all.tlbless.start();
        GoalReporter reporter;
        benchmark::RunSpecifiedBenchmarks(&reporter);
        reporter.print_goals();
        sc_core::sc_stop();
      },
      "bench", &options);
  sc_core::sc_start();
}

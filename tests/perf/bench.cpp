// smmu-vp-bench: the model's cost in host time, next to baselines measured in the same process.
//
//   smmu-vp-bench [options of Google Benchmark]   times every operation and compares it with its goal
//   smmu-vp-bench --count OPERATION TIMES         performs one, for counting its instructions; prints how many it did
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "tests/perf/goals.h"
#include "tests/perf/operations.h"
#include "tests/unit/pcie_bandwidth.h"

extern "C" int sc_main(int, char**) {
  return 0;
}

namespace smmu_vp::perf {

namespace {

// Everything that may wait must run in a simulation thread.
void simulate(const std::function<void()>& body) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(8 << 20);
  sc_core::sc_spawn(
      [&body] {
        body();
        sc_core::sc_stop();
      },
      "bench", &options);
  sc_core::sc_start();
}

void measure(benchmark::State& state, Subject& subject) {
  for (auto _ : state) {
    if (!subject.run()) return state.SkipWithError("not answered as expected");
  }
  state.SetItemsProcessed(state.iterations() * subject.items());
}

// Simulated time, not host time: the link's bandwidth next to the published one; at most 1 % apart.
void link_bandwidth(benchmark::State& state, test::System& link, const test::Bandwidth& what) {
  double gbps = 0;
  for (auto _ : state) gbps = test::simulated_gbps(link, what);
  state.counters["simulated_gbps"] = gbps;
  state.counters["published_gbps"] = what.published_gbps;
  if (std::abs(gbps - what.published_gbps) > 0.01 * what.published_gbps)
    state.SkipWithError("more than 1 % from the published figure");
}

int time_all() {
  std::vector<std::unique_ptr<Subject>> subjects;
  for (const Operation& operation : operations()) {
    Subject* const subject = subjects.emplace_back(operation.make()).get();
    benchmark::RegisterBenchmark(operation.name.c_str(),
                                 [subject](benchmark::State& state) { measure(state, *subject); });
  }
  test::System link{test::default_endpoint(), test::kPublishedLink};  // timed
  for (const test::Bandwidth& what : test::kBandwidths) {
    const std::string name =
        std::string(what.write ? "link_write/" : "link_read/") + std::to_string(what.bytes);
    benchmark::RegisterBenchmark(name.c_str(), [&link, &what](benchmark::State& state) {
      link_bandwidth(state, link, what);
    })->Iterations(1);
  }
  simulate([&] {
    link.enable(false, 0);
    for (const auto& subject : subjects) subject->start();
    GoalReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    reporter.print_goals();
  });
  return 0;
}

int count_one(const std::string& name, unsigned long times) {
  for (const Operation& operation : operations()) {
    if (operation.name != name) continue;
    const std::unique_ptr<Subject> subject = operation.make();
    bool ok = true;
    simulate([&] {
      subject->start();
      ok = subject->run();
      for (unsigned long i = 0; i < times; ++i) ok = subject->run() && ok;
    });
    std::printf("%lu\n", times * subject->items());
    return ok ? 0 : 1;
  }
  std::fprintf(stderr, "smmu-vp-bench: no operation is called '%s'\n", name.c_str());
  return 2;
}

}  // namespace

}  // namespace smmu_vp::perf

int main(int argc, char** argv) {
  using namespace smmu_vp::perf;
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  if (argc == 4 && std::strcmp(argv[1], "--count") == 0)
    return count_one(argv[2], std::strtoul(argv[3], nullptr, 10));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  return time_all();
}

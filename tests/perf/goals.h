// The speed goals, and a table that compares measurements with them.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <string>

namespace smmu_vp::perf {

class GoalReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (!run.error_occurred && rate != run.counters.end())
        ns_[run.benchmark_name()] = 1e9 / rate->second.value;
      const auto clocks = run.counters.find("clocks_per_item");
      if (clocks != run.counters.end())
        ns_[run.benchmark_name() + ", a clock"] = 1e9 / rate->second.value / clocks->second.value;
    }
  }

  void print_goals() const {
    std::printf("\n%-28s %12s %12s   %s\n", "", "ns each", "ratio", "goal");
    ratio("dma_tlb_hit", "hop", "<= 3 x hop");
    ratio("dma_walk_4_levels", "hop", "<= 12 x hop");
    ratio("ats_request_hit", "hop", "<= 3 x hop");
    ratio("translated_access", "hop", "<= 2 x hop");
    rate("tlbi_by_va", ">= 15 M/s");
    rate("tlbi_by_asid", ">= 1 M/s (1 us each)");
    rate("rtl_raw_clock", "the baseline of the next");
    rate("rtl_lookup_in_loop", ">= 3 M/s");
    ratio("rtl_lookup_in_loop, a clock", "rtl_raw_clock", "<= 1.5 x raw clock");
  }

 private:
  void ratio(const std::string& name, const std::string& baseline, const char* goal) const {
    const auto it = ns_.find(name), base = ns_.find(baseline);
    if (it == ns_.end() || base == ns_.end()) return;
    std::printf("%-28s %12.1f %11.2fx   %s\n", name.c_str(), it->second, it->second / base->second, goal);
  }
  void rate(const std::string& name, const char* goal) const {
    const auto it = ns_.find(name);
    if (it == ns_.end()) return;
    std::printf("%-28s %12.1f %8.2f M/s   %s\n", name.c_str(), it->second, 1000 / it->second, goal);
  }

  std::map<std::string, double> ns_;  // per item
};

}  // namespace smmu_vp::perf

// A table that compares measurements with the goals of operations().
#pragma once

#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <string>

#include "tests/perf/operations.h"

namespace smmu_vp::perf {

class GoalReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (!run.error_occurred && rate != run.counters.end())
        ns_[run.benchmark_name()] = 1e9 / rate->second.value;
    }
  }

  // One line for each operation with a goal: its time, the baseline's, their ratio, the goal, and whether it is met.
  void print_goals() const {
    std::printf("\n%-28s %10s  %-46s %s\n", "", "ns each", "compared with", "goal");
    for (const Operation& o : operations()) {
      const auto it = ns_.find(o.name), base = ns_.find(o.baseline);
      if (it == ns_.end()) continue;
      if (o.most == 0) {
        std::printf("%-28s %10.1f\n", o.name.c_str(), it->second);
      } else if (o.baseline.empty()) {
        std::printf("%-28s %10.1f  %-46s <= %.1f ns  %s\n", o.name.c_str(), it->second,
                    rate_text(it->second).c_str(), o.most, verdict(it->second <= o.most));
      } else if (base != ns_.end()) {
        const double ratio = it->second / base->second;
        std::printf("%-28s %10.1f  %-46s <= %.1f x  %s\n", o.name.c_str(), it->second,
                    ratio_text(ratio, o.baseline, base->second).c_str(), o.most, verdict(ratio <= o.most));
      }
    }
  }

 private:
  static const char* verdict(bool met) { return met ? "met" : "NOT MET"; }
  static std::string rate_text(double ns) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f M/s", 1000 / ns);
    return text;
  }
  static std::string ratio_text(double ratio, const std::string& baseline, double ns) {
    char text[96];
    std::snprintf(text, sizeof text, "%.2f x %s (%.1f ns)", ratio, baseline.c_str(), ns);
    return text;
  }

  std::map<std::string, double> ns_;  // per item
};

}  // namespace smmu_vp::perf

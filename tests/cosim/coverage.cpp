// smmu-vp-rtl-coverage: how much of the RTL the random traffic reaches (SystemVerilog cover points, crosses,
// lines and toggles), with a reason for every line and bit that is never reached.
//
// usage: smmu-vp-rtl-coverage GAPS DATA [OPERATIONS]: GAPS holds the reasons, in lines of "regular expression
// | reason"; Verilator's data is written to DATA, for verilator_coverage --annotate. Exit status 1 if a point
// or cross is missed, line coverage is below 95 %, a gap has no reason, or a reason matches no gap.
#include <verilated.h>
#include <verilated_cov.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <regex>

#include "testbench/runs/cosim/random_traffic.h"
#include "tests/cosim/coverage_report.h"
#include "tests/cosim/cross_coverage.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_covered(const std::string& name);

namespace {

constexpr core::CacheConfig kSize{.sets = 8, .ways = 4, .block_entries = 4, .mshrs = 4};
constexpr double kLinesWanted = 95;

struct Reason {
  std::string text, why;
  std::regex points = std::regex(text);
  unsigned gaps = 0;
};

std::vector<Reason> read_reasons(const char* path) {
  std::vector<Reason> reasons;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const std::size_t bar = line.find(" | ");
    if (line.starts_with("#") || bar == std::string::npos) continue;
    reasons.push_back({line.substr(0, bar), line.substr(bar + 3)});
  }
  return reasons;
}

// Prints the gaps that no reason explains and returns their number.
unsigned unexplained(const std::vector<std::string>& missed, std::vector<Reason>& reasons) {
  unsigned count = 0;
  for (const std::string& gap : missed) {
    bool explained = false;
    for (Reason& reason : reasons) {
      if (!std::regex_match(gap, reason.points)) continue;
      ++reason.gaps;
      explained = true;
      break;
    }
    if (explained) continue;
    ++count;
    std::printf("  not reached: %s\n", gap.c_str());
  }
  return count;
}

void print(const char* what, u64 reached, u64 all) {
  if (all == 0) return static_cast<void>(std::printf("%-14s not judged: there are none\n", what));
  std::printf("%-14s %6llu of %6llu  %5.1f %%\n", what, static_cast<unsigned long long>(reached),
              static_cast<unsigned long long>(all),
              100.0 * static_cast<double>(reached) / static_cast<double>(all));
}

bool report(const CoverageReport& data, const CrossCoverage& crosses, std::vector<Reason> reasons) {
  const auto points = data.tally(CoverageKind::kPoint), lines = data.tally(CoverageKind::kLine),
             toggles = data.tally(CoverageKind::kToggle);
  print("cover points", points.reached, points.all);
  unsigned gaps = unexplained(data.missed(CoverageKind::kPoint), reasons);
  print("crosses", crosses.bins().size() - crosses.missed().size(), crosses.bins().size());
  gaps += unexplained(crosses.missed(), reasons);
  print("lines", lines.reached, lines.all);
  gaps += unexplained(data.missed(CoverageKind::kLine), reasons);
  print("toggles", toggles.reached, toggles.all);
  gaps += unexplained(data.missed(CoverageKind::kToggle), reasons);
  for (const Reason& reason : reasons) {
    std::printf("  %u gaps of %s: %s\n", reason.gaps, reason.text.c_str(), reason.why.c_str());
    gaps += reason.gaps == 0;
  }
  return gaps == 0 && points.all != 0 && points.reached == points.all && crosses.missed().empty() &&
         lines.percent() >= kLinesWanted;
}

int run(const char* gaps, const char* data, u64 operations) {
  std::vector<std::unique_ptr<CacheModel>> models;  // they hold the counters
  CrossCoverage crosses;
  for (u32 seed = 1; seed <= 4; ++seed)
    for (const TrafficWeights& weights : traffic_profiles()) {
      models.push_back(make_covered("cache"));
      RandomTraffic traffic(*models.back(), kSize, seed, weights);
      CrossCoverage::Run part(crosses);
      traffic.listen(part);
      const TrafficResult& result = traffic.run(operations);
      if (result.compared == 0) return std::printf("not judged: no answer was compared\n"), 1;
      if (result.difference.empty() && result.assertions.empty()) continue;
      std::printf("%s%s\n", result.difference.c_str(),
                  result.assertions.empty() ? "" : result.assertions[0].c_str());
      return 1;
    }
  Verilated::threadContextp()->coveragep()->write(data);
  return report(CoverageReport(data), crosses, read_reasons(gaps)) ? 0 : 1;
}

}  // namespace

}  // namespace smmu_vp::tb

int main(int argc, char** argv) {
  std::string gaps, data;
  smmu_vp::u64 operations = 6000;
  CLI::App app{"How much of the RTL the random traffic reaches"};
  app.add_option("gaps", gaps, "file of reasons, lines of `regular expression | reason`")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("data", data, "where Verilator's data goes, for verilator_coverage --annotate")->required();
  app.add_option("operations", operations, "of a profile of traffic (6000)")->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "smmu-vp-rtl-coverage: %s\n", error.what());
    return 2;
  }
  return smmu_vp::tb::run(gaps.c_str(), data.c_str(), operations);
}

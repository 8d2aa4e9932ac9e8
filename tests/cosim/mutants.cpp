// smmu-vp-mutants: plants every fault of rtl/mutants/mutants.txt, one after the other, and prints what sees
// it, as docs/rtl_mutants.md. Fails when a mutant survives, or when an assertion of the RTL fails for none of
// them.
//
// usage: smmu-vp-mutants [OPERATIONS]: how many a profile of traffic runs for at most (default 6000).
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "testbench/rtl_adapter/mutants.h"
#include "tests/cosim/random_traffic.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kAssertions[] = {
#include "assertions.inc"
};

struct Verdict {
  std::string profile;  // the first whose traffic showed the fault
  u64 compared = 0;     // operations until lockstep differed; 0: it never did
  std::set<std::string> assertions;
};

// All profiles, so that every assertion that can see the fault has its chance.
Verdict judge(const Mutant& mutant, u64 operations) {
  Verdict verdict;
  for (const TrafficWeights& weights : traffic_profiles()) {
    const auto model = make_mutant("cache", mutant.name);
    const TrafficResult result = RandomTraffic(*model, kMutantSize, 1, weights).run(operations);
    const bool differs = !result.difference.empty();
    if (differs && (verdict.compared == 0 || result.compared < verdict.compared))
      verdict.compared = result.compared;
    for (const std::string& what : result.assertions)
      verdict.assertions.insert(what.substr(0, what.find(':')));
    if (verdict.profile.empty() && (differs || !result.assertions.empty())) verdict.profile = weights.name;
  }
  return verdict;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

int run(u64 operations) {
  std::set<std::string> silent(std::begin(kAssertions), std::end(kAssertions));
  unsigned survivors = 0;
  std::printf(
      "# RTL mutants\n\n"
      "Each fault is one expression of the RTL, planted by itself and exposed to every profile of the random "
      "traffic.\n"
      "`build/release/smmu-vp-mutants` prints this page; a test holds the page to it. *Lockstep* is the "
      "number of the\n"
      "first operation whose answer differs from the reference's, at best; – means that it never does.\n\n"
      "| mutant | file | expression | fault | profile | lockstep | assertions "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const Mutant& mutant : mutants()) {
    const Verdict verdict = judge(mutant, operations);
    for (const std::string& name : verdict.assertions) silent.erase(name);
    if (verdict.profile.empty()) ++survivors;
    const auto code = [](std::string_view text) {
      std::string escaped;
      for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
      return "`" + escaped + "`";
    };
    std::printf("| %s | %s | %s | %s | %s | %s | %s |\n", std::string(mutant.name).c_str(),
                std::string(mutant.file).c_str(), code(mutant.original).c_str(), code(mutant.fault).c_str(),
                verdict.profile.empty() ? "**survives**" : verdict.profile.c_str(),
                verdict.compared == 0 ? "–" : std::to_string(verdict.compared).c_str(),
                joined(verdict.assertions).c_str());
    std::fflush(stdout);
  }
  std::printf("\n%zu mutants, %u survive. %zu assertions, %zu of them never failed%s%s.\n", mutants().size(),
              survivors, std::size(kAssertions), silent.size(), silent.empty() ? "" : ": ",
              joined(silent).c_str());
  return survivors == 0 && silent.empty() ? 0 : 1;
}

}  // namespace

}  // namespace smmu_vp::tb

int main(int argc, char** argv) {
  return smmu_vp::tb::run(argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 6000);
}

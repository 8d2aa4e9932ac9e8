// smmu-vp-mutants: plants every fault of rtl/mutants/mutants.txt in turn and prints what detects it, as
// docs/rtl_mutants.md. Fails if a mutant survives, or if an RTL assertion fails for none of them.
// usage: smmu-vp-mutants [OPERATIONS]: the most operations that a profile of traffic runs for (default 6000).
// Exit status: 0 if every mutant is detected and every assertion fails for one; 1 otherwise, also if nothing
// was compared; 2 for wrong usage.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <set>

#include "testbench/machine/rtl_adapter/mutants.h"
#include "testbench/observe/output/progress.h"
#include "testbench/runs/cosim/random_traffic.h"

namespace smmu_vp::tb {

namespace {

constexpr const char* kAssertions[] = {
#include "assertions.inc"
};

struct Finding {
  std::string profile;   // the first whose traffic detected the fault
  u64 compared = 0;      // operations until lockstep differed; 0: it never did
  bool exposed = false;  // anything was compared at all
  std::set<std::string> assertions;
  // A fault has not survived if no answer was compared.
  std::string text() const {
    return !profile.empty() ? profile : exposed ? "**survives**" : "**not judged**";
  }
};

// Runs all profiles, so that every assertion that can detect the fault gets the chance.
Finding judge(const Mutant& mutant, u64 operations) {
  Finding verdict;
  for (const TrafficWeights& weights : traffic_profiles()) {
    const auto model = make_mutant("cache", mutant.name);
    const TrafficResult result = RandomTraffic(*model, kMutantSize, 1, weights).run(operations);
    verdict.exposed |= result.compared != 0 || !result.assertions.empty();
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
  unsigned survivors = 0, not_judged = 0;
  std::printf(
      "# RTL mutants\n\n"
      "Each fault replaces one expression of the RTL, one at a time, under every profile of the random "
      "traffic.\n"
      "`build/release/smmu-vp-mutants` prints this page; a test compares it with the output. *Lockstep* is "
      "the "
      "number of\n"
      "the first operation whose answer differs from the reference's, for the best profile; – means that "
      "none "
      "does.\n\n"
      "| mutant | file | expression | fault | profile | lockstep | assertions "
      "|\n|---|---|---|---|---|---|---|\n");
  Progress progress;
  for (const Mutant& mutant : mutants()) {
    const auto done = static_cast<double>(&mutant - mutants().data());
    progress.at(std::string(mutant.name), done, static_cast<double>(mutants().size()));
    const Finding verdict = judge(mutant, operations);
    for (const std::string& name : verdict.assertions) silent.erase(name);
    if (verdict.profile.empty()) ++(verdict.exposed ? survivors : not_judged);
    progress.clear();
    const auto code = [](std::string_view text) {
      std::string escaped;
      for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
      return "`" + escaped + "`";
    };
    std::printf("| %s | %s | %s | %s | %s | %s | %s |\n", std::string(mutant.name).c_str(),
                std::string(mutant.file).c_str(), code(mutant.original).c_str(), code(mutant.fault).c_str(),
                verdict.text().c_str(),
                verdict.compared == 0 ? "–" : std::to_string(verdict.compared).c_str(),
                joined(verdict.assertions).c_str());
    std::fflush(stdout);
  }
  const std::string open = not_judged == 0 ? "" : ", " + std::to_string(not_judged) + " are not judged";
  std::printf("\n%zu mutants, %u survive%s. %zu assertions, %zu of them never failed%s%s.\n",
              mutants().size(), survivors, open.c_str(), std::size(kAssertions), silent.size(),
              silent.empty() ? "" : ": ", joined(silent).c_str());
  return survivors == 0 && not_judged == 0 && silent.empty() ? 0 : 1;
}

}  // namespace

}  // namespace smmu_vp::tb

int main(int argc, char** argv) {
  smmu_vp::u64 operations = 6000;
  CLI::App app{"Plants every fault of the RTL, one after the other, and prints what sees it"};
  app.add_option("operations", operations, "of a profile of traffic, at most (6000)")
      ->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "smmu-vp-mutants: %s\n", error.what());
    return 2;
  }
  return smmu_vp::tb::run(operations);
}

// The schema is that of testbench/observe/report/summary.cpp.
#include "testbench/runs/gauntlet/verdict.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

Witness witness_of(const std::string& name) {
  return name == name_of(Witness::kMachine) ? Witness::kMachine : Witness::kKernel;
}

void read_monitors(const json& monitors, RunVerdict& verdict) {
  for (const json& m : monitors) {
    const Witness witness = witness_of(m.at("witness"));
    verdict.judged[witness] |= m.at("checked").get<u64>() != 0;
    if (m.at("violations").empty()) continue;
    const json& first = m.at("violations").front();
    verdict.found.emplace(witness, Sighting{m.at("name"), first.at("t_ps"), first.at("what")});
  }
}

}  // namespace

std::optional<Sighting> RunVerdict::first(Witness witness) const {
  const auto [begin, end] = found.equal_range(witness);
  const auto earliest = std::min_element(
      begin, end, [](const auto& a, const auto& b) { return a.second.t_ps < b.second.t_ps; });
  return earliest == end ? std::nullopt : std::optional(earliest->second);
}

RunVerdict read_verdict(int exit_status, const std::string& directory) {
  const int status = WIFEXITED(exit_status) ? WEXITSTATUS(exit_status) : -1;
  if (status != 0 && status != 1)
    return {.complaint = status < 0 ? fmt::format("the run was ended by signal {}", WTERMSIG(exit_status))
                                    : fmt::format("the run ended with status {}", status)};
  RunVerdict verdict{.ended_well = true, .clean = status == 0};
  std::ifstream file(directory + "/summary.json");
  const json summary = json::parse(file);
  read_monitors(summary.at("monitors"), verdict);
  if (summary.contains("first_cause")) verdict.complaint = summary.at("first_cause").at("what");
  return verdict;
}

}  // namespace smmu_vp::tb

// Seeds are counted from 1.
#include "testbench/runs/gauntlet/trial.h"

#include <algorithm>

namespace smmu_vp::tb {

Trial::Trial(const PlantedBug* bug, const spec::Provocation& where, std::string directory, u64 most_runs)
    : bug_(bug), where_(where), directory_(std::move(directory)), most_runs_(most_runs) {}

std::vector<std::string> Trial::next() const {
  std::vector<std::string> arguments = {"run",     std::string(where_.scenario),
                                        "--seed",  std::to_string(runs_ + 1),
                                        "--out",   directory_,
                                        "--waves", "off",
                                        "--quiet"};
  const auto set = [&](std::string setting) {
    arguments.insert(arguments.end(), {"--set", std::move(setting)});
  };
  for (const std::string_view setting : where_.settings)
    if (!setting.empty()) set(std::string(setting));
  if (bug_ != nullptr) set(std::string(bug_->key) + "=" + std::string(bug_->name));
  return arguments;
}

void Trial::ended(const RunVerdict& verdict) {
  ++runs_;
  for (const auto& [witness, sighting] : verdict.found) {
    Testimony& testimony = witness == Witness::kMachine ? machine_ : kernel_;
    testimony.monitors.insert(sighting.monitor);
    if (testimony.first) continue;
    testimony.first = verdict.first(witness);
    testimony.runs = runs_;
  }
  if (complaint_.empty()) complaint_ = verdict.complaint;
  const auto settled = [&](Witness witness) {
    const auto judged = verdict.judged.find(witness);
    return from(witness).first.has_value() || judged == verdict.judged.end() || !judged->second;
  };
  const bool learnt = !correct() && caught() && settled(Witness::kMachine) && settled(Witness::kKernel);
  over_ = learnt || !verdict.ended_well || runs_ == most_runs_ || (correct() && !verdict.clean);
}

u64 Trial::runs() const {
  if (machine_.first && kernel_.first) return std::min(machine_.runs, kernel_.runs);
  return machine_.first ? machine_.runs : kernel_.first ? kernel_.runs : runs_;
}

}  // namespace smmu_vp::tb

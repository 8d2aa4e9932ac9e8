// The list of scenarios, and what they all need.
#include "testbench/scenarios/scenario.h"

#include "testbench/scenarios/all.h"

namespace smmu_vp::tb {

bool ScenarioContext::settle(u64 timeout_ps) {
  constexpr u64 kLook = 100'000;
  for (u64 waited = 0; !platform.idle(); waited += kLook) {
    if (waited >= timeout_ps) return false;
    os.sleep_ps(kLook);
  }
  return true;
}

void ScenarioContext::abandon() {
  static auto* const abandoned = new std::vector<std::shared_ptr<void>>;  // never destroyed
  abandoned->swap(kept_);
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {sva_lifecycle(),  invalidation_cost(), unmap_race(),
                                            ats_basic(),      pri_storm(),         multi_endpoint(),
                                            flr_under_load(), hostile_device(),    smoke()};
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& s : scenarios()) {
    if (s.name == name) return &s;
  }
  return nullptr;
}

}  // namespace smmu_vp::tb

// Selects the fault that the mutant model activates when it is created.
#include "testbench/machine/rtl_adapter/mutants.h"

#include <verilated.h>

#include <algorithm>
#include <stdexcept>

#include "testbench/machine/rtl_adapter/rtl_runtime.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_mutants(const std::string& name);  // generated

namespace {

constexpr Mutant kMutants[] = {
#include "mutants.inc"
};
int planted = 0;

}  // namespace

std::span<const Mutant> mutants() {
  return kMutants;
}

std::unique_ptr<CacheModel> make_mutant(const MutantTable& table, const std::string& name,
                                        std::string_view mutant, int power_up) {
  planted = 0;
  if (!mutant.empty()) {
    const auto found = std::ranges::find(table.all, mutant, &Mutant::name);
    if (found == table.all.end()) throw std::out_of_range("no mutant '" + std::string(mutant) + "'");
    planted = static_cast<int>(found - table.all.begin()) + 1;
  }
  rtl_context().randReset(power_up == 0 ? 0 : 2);
  rtl_context().randSeed(power_up);
  return table.make(name);
}

std::unique_ptr<CacheModel> make_mutant(const std::string& name, std::string_view mutant, int power_up) {
  return make_mutant({mutants(), make_mutants}, name, mutant, power_up);
}

}  // namespace smmu_vp::tb

extern "C" int smmu_vp_planted_mutant() {
  return smmu_vp::tb::planted;
}

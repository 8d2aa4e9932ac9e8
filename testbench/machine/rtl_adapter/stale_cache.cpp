// The design stale_cache: the mutant whose entries survive an invalidation that races with a lookup, unless another fault
// is chosen.
#include "testbench/machine/rtl_adapter/mutants.h"

namespace smmu_vp::tb {

namespace {

std::string& fault() {
  static std::string chosen = "page_survives_race";
  return chosen;
}

}  // namespace

void plant_in_stale_cache(std::string_view mutant) {
  fault() = mutant;
}

std::unique_ptr<CacheModel> make_stale_cache(const std::string& name);
std::unique_ptr<CacheModel> make_stale_cache(const std::string& name) {
  return make_mutant(name, fault());
}

}  // namespace smmu_vp::tb

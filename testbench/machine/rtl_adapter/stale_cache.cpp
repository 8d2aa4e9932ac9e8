// The design stale_cache: the mutant whose entries survive an invalidation that races with a lookup.
#include "testbench/machine/rtl_adapter/mutants.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_stale_cache(const std::string& name);
std::unique_ptr<CacheModel> make_stale_cache(const std::string& name) {
  return make_mutant(name, "page_survives_race");
}

}  // namespace smmu_vp::tb

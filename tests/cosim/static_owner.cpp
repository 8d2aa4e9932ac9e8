// A static object that still has an RTL cache when the process exits: Verilator's own static objects end before it.
#include "testbench/machine/rtl_adapter/rtl_models.h"

namespace {
std::unique_ptr<smmu_vp::tb::CacheModel>
    kept;  // made before anything that main() makes static, so it ends last
}

int main() {
  kept = smmu_vp::tb::make_cache_model({.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4}, "kept");
}

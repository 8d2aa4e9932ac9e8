// The faults of rtl/mutants/mutants.txt, all compiled into one model.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "testbench/rtl_adapter/cache_model.h"

namespace smmu_vp::tb {

struct Mutant {
  std::string_view name, file;
  std::string_view original, fault;  // the expression, and what stands there instead
};
std::span<const Mutant> mutants();

// The only size it has.
inline constexpr core::CacheConfig kMutantSize{.sets = 8, .ways = 4, .block_entries = 4, .mshrs = 4};

// The model with the fault of that name planted; none when the name is empty. Unknown names throw
// std::out_of_range. Registers hold pseudo-random bits of `power_up` before reset, zeros when it is 0.
std::unique_ptr<CacheModel> make_mutant(const std::string& name, std::string_view mutant, int power_up = 0);

}  // namespace smmu_vp::tb

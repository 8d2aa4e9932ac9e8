// The faults of rtl/mutants/mutants.txt, all compiled into one model.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "testbench/machine/rtl_adapter/cache_model.h"

namespace smmu_vp::tb {

struct Mutant {
  std::string_view name, file;
  std::string_view original, fault;  // the expression, and its replacement
};
std::span<const Mutant> mutants();

// The only size that is built.
inline constexpr core::CacheConfig kMutantSize{.sets = 8, .ways = 4, .block_entries = 4, .mshrs = 4};

// Creates the model with the named fault planted, or with none if the name is empty. An unknown name throws
// std::out_of_range. Before reset, registers hold pseudo-random bits seeded by `power_up`; 0 means zeros.
std::unique_ptr<CacheModel> make_mutant(const std::string& name, std::string_view mutant, int power_up = 0);

// From now on caches of the design stale_cache have this fault instead of theirs; none if the name is empty.
void plant_in_stale_cache(std::string_view mutant);

// The same for the faults of another design, into which rtl/mutants/plant.py compiled them.
struct MutantTable {
  std::span<const Mutant> all;
  std::unique_ptr<CacheModel> (*make)(const std::string& name);
};
std::unique_ptr<CacheModel> make_mutant(const MutantTable& table, const std::string& name,
                                        std::string_view mutant, int power_up = 0);

}  // namespace smmu_vp::tb

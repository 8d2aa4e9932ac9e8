// The cache that a run of smmu-vp-cosim is about, and what it is judged by.
#pragma once

#include <string>

#include "testbench/runs/cosim/replay.h"

namespace smmu_vp::tb {

struct SubjectOptions {
  std::string design = "translation_cache";
  std::string size;    // empty: the default size, and for a plug-in none
  std::string plugin;  // a file, in the place of a design
  std::string
      judge;  // "lockstep" or "contract"; empty: lockstep, and for a plug-in without a size the contract
};

struct Subject {
  std::string title;  // design, sizes and judge
  Bench bench;
  bool by_contract() const { return !bench.reference; }
};

// Throws std::invalid_argument, one line, which names the option; PluginError.
Subject subject_of(const SubjectOptions& options);

}  // namespace smmu_vp::tb

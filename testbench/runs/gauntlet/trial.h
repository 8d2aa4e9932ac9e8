// One bug, or the correct driver, run with seed after seed until it is caught.
#pragma once

#include <set>

#include "testbench/runs/gauntlet/planted_bug.h"
#include "testbench/runs/gauntlet/verdict.h"

namespace smmu_vp::tb {

// What the monitors of one kind found.
struct Testimony {
  std::set<std::string> monitors = {};  // in any of the runs
  std::optional<Sighting> first = {};   // the earliest of the first run in which there was one
  u64 runs = 0;                         // until then; 0: never
};

class Trial {
 public:
  // Of a planted bug; without one, of the correct driver in the same place. `directory` is where its runs write.
  Trial(const PlantedBug* bug, const spec::Provocation& where, std::string directory, u64 most_runs);

  bool correct() const { return bug_ == nullptr; }
  const PlantedBug* bug() const { return bug_; }
  const spec::Provocation& where() const { return where_; }
  const Testimony& from(Witness witness) const { return witness == Witness::kMachine ? machine_ : kernel_; }
  bool caught() const { return machine_.first || kernel_.first; }
  // A bug is caught; the correct driver is clean in every run.
  bool passed() const { return correct() ? complaint_.empty() : caught(); }
  // Until it was caught first, or all.
  u64 runs() const;
  // What a run complained of beside violations; of the correct driver, whatever it was.
  const std::string& complaint() const { return complaint_; }

  // Arguments of the next run.
  std::vector<std::string> next() const;
  void ended(const RunVerdict& verdict);
  // Nothing more to learn: both kinds of monitors have found it, or one and the other never judges, or enough is enough.
  bool over() const { return over_; }

  const std::string& directory() const { return directory_; }

 private:
  const PlantedBug* bug_;
  spec::Provocation where_;
  std::string directory_;
  u64 most_runs_, runs_ = 0;
  bool over_ = false;
  Testimony machine_, kernel_;
  std::string complaint_;
};

}  // namespace smmu_vp::tb

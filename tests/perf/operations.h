// What is measured: operations of the model, each on a machine of its own. The benchmarks time them and the guard counts
// their instructions.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace smmu_vp::perf {

class Subject {
 public:
  virtual ~Subject() = default;
  // Once, in a simulation thread.
  virtual void start() {}
  // Performs the operation items() times; false if an answer was not as expected, so that it never counts as a fast one.
  virtual bool run() = 0;
  virtual unsigned items() const { return 1; }
};

struct Operation {
  std::string name;
  std::unique_ptr<Subject> (*make)();  // before simulation starts
  // Compared with the time of `baseline`, or if that is empty with nanoseconds; `most` is the goal, 0 for none.
  std::string baseline;
  double most = 0;
};
const std::vector<Operation>& operations();

}  // namespace smmu_vp::perf

// A folder used by one run at a time: locked during the run, and cleared of the previous run's
// outputs. Outputs are noted in a file of the folder before they are made, so no one else's file
// is ever removed. No SystemC.
#pragma once

#include <string>

#include "testbench/observe/output/output_file.h"

namespace smmu_vp::tb {

// Another run is using the folder.
class FolderInUse : public OutputError {
 public:
  using OutputError::OutputError;
};

class RunFolder {
 public:
  // Creates the folder. Throws OutputError if that fails or another run is using it.
  explicit RunFolder(std::string path);
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  // The path of an output of this run. `name` may begin with a folder, which is created.
  std::string file(const std::string& name);
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  void lock();
  void clear();
  void say_state(const std::string& state) const;
  std::string notes_path() const;
  std::string notes() const;

  std::string path_;
  int notes_ = -1;  // holds the lock; the kernel releases it however the process ends
};

}  // namespace smmu_vp::tb

// `smmu-vp record`: runs a program under valgrind's lackey and writes what it did to its memory as a workload
// file.
#pragma once

#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct RecordOptions {
  std::vector<std::string> command;
  std::string output;     // empty: the command's name with .workload
  u64 skip = 0;           // loads and stores left out at the start (the dynamic loader's, mostly)
  u64 limit = 2'000'000;  // loads and stores kept; the program runs to its end all the same
};

struct RecordResult {
  std::string output;
  u64 loads = 0, stores = 0, vmas = 0, file_bytes = 0;
  int exit_status = 0;  // the program's
  bool limited = false;
};

// Throws WorkloadError.
RecordResult record(const RecordOptions& options);

// The sub-command: record [-o FILE] [--skip N] [--limit N] -- COMMAND...  (argv[0] is "record"). Returns the
// exit status.
int record_main(int argc, const char* const* argv);

}  // namespace smmu_vp::tb

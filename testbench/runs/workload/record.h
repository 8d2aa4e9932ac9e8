// `smmu-vp record`: runs a program under valgrind's lackey and writes its memory accesses and memory map
// changes to a workload file.
#pragma once

#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct RecordOptions {
  std::vector<std::string> command;
  std::string output;     // empty: the command's name with .workload
  u64 skip = 0;           // loads and stores left out at the start (mostly the dynamic loader's)
  u64 limit = 2'000'000;  // loads and stores kept; the program still runs to its end
};

struct RecordResult {
  std::string output;
  u64 loads = 0, stores = 0;  // kept
  u64 events = 0;             // memory map changes kept
  u64 areas = 0;              // at the first kept access
  u64 file_bytes = 0;
  u64 made = 0, skipped = 0, beyond_limit = 0;  // loads and stores: made = kept + skipped + beyond_limit
  u64 fetches = 0;                              // instruction fetches, never kept
  // How the program ended.
  int exit_status = 0;    // as in a shell
  int signal = 0;         // the signal that killed it
  int interrupted = 0;    // the signal that ended the recording before the program's end; 0: none
  u64 refused_bytes = 0;  // largest refused request of address space, if a gigabyte or more
  u64 children = 0, threads = 1;
  std::string executed;  // the program that it replaced itself with by exec
};

// Throws WorkloadError and OutputError.
RecordResult record(const RecordOptions& options);

// The report of a recording for the user, as lines.
std::vector<std::string> report(const RecordResult& result);

// The subcommand: record [-o FILE] [--skip N] [--limit N] -- COMMAND...  (argv[0] is "record"). Returns the
// exit status.
int record_main(int argc, const char* const* argv);

}  // namespace smmu_vp::tb

// Passes the fuzzer's count to the progress line that all programs show.
#include "tests/examples/fuzz_progress.h"

#include <fmt/format.h>

#include "testbench/observe/output/progress.h"

namespace {

smmu_vp::tb::Progress& line() {
  static smmu_vp::tb::Progress one;
  return one;
}

}  // namespace

void fuzz_progress(uint64_t done, uint64_t total) {
  if (line().due())
    line().show(fmt::format("{} calls", done), static_cast<double>(done) / static_cast<double>(total));
}
void fuzz_progress_end() {
  line().clear();
}

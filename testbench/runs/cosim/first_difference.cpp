// Random traffic depends on the seed alone, so that a run can be repeated up to its difference.
#include "testbench/runs/cosim/first_difference.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "testbench/observe/output/output_file.h"
#include "testbench/runs/cosim/cosim_waves.h"

namespace smmu_vp::tb {

OperationList list_to_difference(const Bench& bench, const TrafficWeights& weights, u32 seed, u64 most) {
  const auto model = bench.make();
  RandomTraffic traffic(*model, bench.reference, seed, weights);
  traffic.keep_list();
  if (traffic.run_to_difference(most).clean()) traffic.finish();
  return traffic.list();
}

void write_list(const std::string& path, const OperationList& list, const std::string& comment) {
  write_whole(path + ".ops", comment + text_of(list));
}

OperationList read_list(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::invalid_argument(file + ": cannot be read");
  try {
    return read_operations(in);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", file, e.what()));
  }
}

TrafficResult replay_with_waves(const Bench& bench, const OperationList& list, const std::string& path,
                                const std::string& site) {
  Replay replay(bench);
  CosimWaves waves(replay.model(), replay.traffic(), {.path = path, .site = site});
  TrafficResult result = replay.play(list);
  waves.close();
  return result;
}

}  // namespace smmu_vp::tb

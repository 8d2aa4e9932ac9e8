// What is kept of the first difference of a run: the operations up to it, the shortest list that still differs, waves.
#pragma once

#include <string>

#include "testbench/runs/cosim/random_traffic.h"
#include "testbench/runs/cosim/replay.h"

namespace smmu_vp::tb {

// The operations of this traffic up to its first difference or failed assertion, which is known to come within `most`
// operations.
OperationList list_to_difference(const Bench& bench, const TrafficWeights& weights, u32 seed, u64 most);

// Writes PATH.ops, the list as a directed test; the comment lines at its start say where it comes from. Throws
// OutputError.
void write_list(const std::string& path, const OperationList& list, const std::string& comment);
// Throws std::invalid_argument, which names the file.
OperationList read_list(const std::string& file);

// Plays the list and writes PATH.fst, and PATH.gtkw for GTKWave, with a marker at the difference. Throws OutputError.
TrafficResult replay_with_waves(const Bench& bench, const OperationList& list, const std::string& path,
                                const std::string& site);

}  // namespace smmu_vp::tb

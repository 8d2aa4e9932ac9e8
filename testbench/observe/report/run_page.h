// The page of a run: its summary, and what happened to each PASID when.
#pragma once

#include <string>

#include "testbench/observe/report/run_record.h"
#include "testbench/observe/trace_sinks/pasid_tracks.h"

namespace smmu_vp::tb {

std::string run_page(const RunRecord& run, const PasidTracks& tracks);

}  // namespace smmu_vp::tb

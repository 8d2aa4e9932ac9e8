// Who stored what, and who issued which commands, for the account of a run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "testbench/observe/monitors/monitor.h"
#include "testbench/observe/trace_sinks/authors.h"

namespace smmu_vp::tb {

// Who stored the descriptor that a violation is about, and which commands that CPU has issued since: the path on which one
// is missing. Empty if it is not known.
std::vector<std::string> author_lines(const Authors& authors, const Subject& subject, u64 t_ps);

// Each kind of command with the functions that issued it, and how often, the most frequent first.
std::vector<std::pair<Authors::Issued, u64>> by_frequency(const Authors& authors);

}  // namespace smmu_vp::tb

// report.html: one page with all it needs inside, so that it can be mailed, archived and printed. It shows only what the
// data says; testbench/observe/report/page draws it.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace smmu_vp::tb {

// Which page it is: that of a run shows {"summary", "timeline"}.
enum class PageKind { kRun, kSweep, kComparison };

std::string page(PageKind kind, nlohmann::json content);

}  // namespace smmu_vp::tb

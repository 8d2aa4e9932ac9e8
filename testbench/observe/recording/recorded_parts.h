// What a run folder holds beside summary.json and account.txt, which are always written.
#pragma once

#include <string>

namespace smmu_vp::tb {

struct RecordedParts {
  bool events = true;    // events.jsonl
  bool timeline = true;  // timeline.json
  bool waves = true;     // waves.fst (or .vcd) and waves.gtkw
  bool latency = true;   // `latency` of the summary and the account
  bool report = true;    // report.html
  bool csv = false;      // table_NAME.csv of each kind of table that was measured
};

// Reads a list such as "events,waves", or "none". Throws ConfigError.
RecordedParts recorded_parts(const std::string& list);

}  // namespace smmu_vp::tb

// What a run folder holds beside summary.json and account.txt, which are always written.
#pragma once

#include <string>

#include "testbench/observe/trace_sinks/event_filter.h"

namespace smmu_vp::tb {

struct RecordedParts {
  enum class Events { kNone, kPlain, kCompressed };
  Events events = Events::kPlain;  // events.jsonl, or events.jsonl.zst
  bool timeline = true;            // timeline.json
  bool waves = true;               // waves.fst (or .vcd) and waves.gtkw
  bool latency = true;             // `latency` of the summary and the account
  bool report = true;              // report.html
  bool csv = false;                // table_NAME.csv of each kind of table that was measured
  EventFilter filter = {};         // of the events
  // No file grows beyond it (waves: by no more than a block), so that a long run does not fill the disk by surprise.
  u64 most_bytes = 8'000'000'000;
};

// Reads a list such as "events,waves" or "events.zst", or "none". Throws ConfigError.
RecordedParts recorded_parts(const std::string& list);

}  // namespace smmu_vp::tb

// events.jsonl: every fact as one JSON object per line, in the order of simulated time.
#pragma once

#include "testbench/observe/output/output_file.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class EventLog {
 public:
  EventLog(trace::Bus& bus, const std::string& path);
  void close() { file_.close(); }
  u64 written() const { return written_; }

 private:
  OutputFile file_;
  fmt::memory_buffer line_;
  u64 written_ = 0;
};

}  // namespace smmu_vp::tb

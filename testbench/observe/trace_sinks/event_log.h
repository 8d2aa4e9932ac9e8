// events.jsonl: every fact as one JSON object per line, in the order of simulated time.
#pragma once

#include "testbench/observe/output/output_file.h"
#include "testbench/observe/trace_sinks/cpu_store.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class EventLog {
 public:
  EventLog(trace::Bus& bus, const std::string& path);
  // Beside what is announced.
  void add(const CpuStore& store, u64 t_ps);
  void close() { file_.close(); }
  u64 written() const { return written_; }

 private:
  template <typename Fact>
  void write(const Fact& fact, u64 t_ps);

  OutputFile file_;
  fmt::memory_buffer line_;
  u64 written_ = 0;
};

}  // namespace smmu_vp::tb

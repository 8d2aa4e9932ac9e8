// events.jsonl: every fact as one JSON object per line, in the order of simulated time; or the same lines compressed.
#pragma once

#include <functional>
#include <optional>

#include "testbench/observe/output/compression.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/trace_sinks/cpu_store.h"
#include "testbench/observe/trace_sinks/event_filter.h"
#include "testbench/observe/trace_sinks/json_text.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class EventLog {
 public:
  struct Options {
    bool compressed = false;
    EventFilter filter = {};
    u64 most_bytes = ~u64{0};                    // of text
    std::function<void(u64 t_ps)> on_full = {};  // called with the time of the first fact that did not fit
  };
  EventLog(trace::Bus& bus, const std::string& path, Options options);
  // Beside what is announced.
  void add(const CpuStore& store, u64 t_ps);
  // Throws WriteError.
  void close();

 private:
  template <typename... Facts>
  void listen(trace::Bus& bus, const std::variant<Facts...>*);
  template <typename Fact>
  void take(const Fact& fact, u64 t_ps);

  const Options options_;
  OutputFile file_;
  std::optional<Compressor> compressor_;
  JsonText line_;
  u64 written_ = 0;  // bytes of text
  bool full_ = false;
};

}  // namespace smmu_vp::tb

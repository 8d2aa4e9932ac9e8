// Writes facts as they are announced.
#include "testbench/observe/trace_sinks/event_log.h"

#include "testbench/observe/trace_sinks/json_text.h"

namespace smmu_vp::tb {

EventLog::EventLog(trace::Bus& bus, const std::string& path) : file_(path) {
  bus.on_every([this]<typename Fact>(const Fact& fact, u64 t_ps) { write(fact, t_ps); });
}

void EventLog::add(const CpuStore& store, u64 t_ps) {
  write(store, t_ps);
}

template <typename Fact>
void EventLog::write(const Fact& fact, u64 t_ps) {
  fmt::format_to(std::back_inserter(line_), "{{\"t_ps\":{},\"ev\":\"{}\"", t_ps, Fact::kName);
  fact.visit(MemberWriter{line_});
  line_.push_back('}');
  line_.push_back('\n');
  file_.write(line_);
  ++written_;
}

}  // namespace smmu_vp::tb

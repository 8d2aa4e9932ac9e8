// Writes facts as they are announced. Kinds that the filter leaves out are not even listened to.
#include "testbench/observe/trace_sinks/event_log.h"

#include <utility>

namespace smmu_vp::tb {

EventLog::EventLog(trace::Bus& bus, const std::string& path, Options options)
    : options_(std::move(options)), file_(path) {
  if (options_.compressed) compressor_.emplace(file_);
  listen(bus, static_cast<const trace::AnyFact*>(nullptr));
}

template <typename... Facts>
void EventLog::listen(trace::Bus& bus, const std::variant<Facts...>*) {
  const auto to = [&]<typename Fact>(const Fact*) {
    if (options_.filter.takes_kind(Fact::kName))
      bus.on<Fact>([this](const Fact& fact, u64 t_ps) { take(fact, t_ps); });
  };
  (to(static_cast<const Facts*>(nullptr)), ...);
}

void EventLog::add(const CpuStore& store, u64 t_ps) {
  if (options_.filter.takes_kind(CpuStore::kName)) take(store, t_ps);
}

template <typename Fact>
void EventLog::take(const Fact& fact, u64 t_ps) {
  if (full_ || !options_.filter.takes_time(t_ps)) return;
  if (!options_.filter.pasids.empty()) {
    NamedPasid named;
    fact.visit(named);
    if (!options_.filter.takes_pasid(named.pasid())) return;
  }
  line_.clear();
  line_ << "{\"t_ps\":" << t_ps << ",\"ev\":\"" << Fact::kName << '"';
  fact.visit(MemberWriter{line_});
  line_ << "}\n";
  const std::string_view line = line_.view();
  if (line.size() > options_.most_bytes - written_) {
    full_ = true;
    if (options_.on_full) options_.on_full(t_ps);
    return;
  }
  written_ += line.size();
  if (compressor_)
    compressor_->write(line);
  else
    file_.write(line);
}

void EventLog::close() {
  if (compressor_) compressor_->end();
  file_.close();
}

}  // namespace smmu_vp::tb

// The Chrome trace event format, and the choice of lanes.
#include "testbench/trace_sinks/tracks.h"

#include <utility>

namespace smmu_vp::tb {

namespace {

// The format counts in microseconds; three decimals of them would lose picoseconds.
void append_time(fmt::memory_buffer& out, u64 ps) {
  fmt::format_to(std::back_inserter(out), "{}.{:06}", ps / 1'000'000, ps % 1'000'000);
}

}  // namespace

TraceWriter::TraceWriter(const std::string& path) : file_(path) {
  fmt::format_to(std::back_inserter(text_), "{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
}

void TraceWriter::begin_event(std::string_view name, char phase, unsigned process, unsigned thread,
                              u64 t_ps) {
  fmt::format_to(std::back_inserter(text_), "{}\n{{\"name\":", std::exchange(first_, false) ? "" : ",");
  append_quoted(text_, name);
  fmt::format_to(std::back_inserter(text_), ",\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":", phase, process,
                 thread);
  append_time(text_, t_ps);
}

void TraceWriter::end_event(std::string_view args) {
  if (!args.empty()) fmt::format_to(std::back_inserter(text_), ",\"args\":{{{}}}", args.substr(1));
  text_.push_back('}');
  file_.write(text_);
}

void TraceWriter::slice(unsigned process, unsigned thread, std::string_view name, u64 begin_ps, u64 end_ps,
                        std::string_view args) {
  begin_event(name, 'X', process, thread, begin_ps);
  fmt::format_to(std::back_inserter(text_), ",\"dur\":");
  append_time(text_, end_ps - begin_ps);
  end_event(args);
}

void TraceWriter::instant(unsigned process, unsigned thread, std::string_view name, u64 t_ps,
                          std::string_view args) {
  begin_event(name, 'i', process, thread, t_ps);
  fmt::format_to(std::back_inserter(text_), ",\"s\":\"t\"");
  end_event(args);
}

void TraceWriter::name_process(unsigned process, std::string_view name) {
  fmt::memory_buffer args;
  MemberWriter{args}("name", name);
  begin_event("process_name", 'M', process, 0, 0);
  end_event({args.data(), args.size()});
}

void TraceWriter::name_thread(unsigned process, unsigned thread, std::string_view name) {
  fmt::memory_buffer args;
  MemberWriter{args}("name", name);
  begin_event("thread_name", 'M', process, thread, 0);
  end_event({args.data(), args.size()});
}

void TraceWriter::close() {
  fmt::format_to(std::back_inserter(text_), "\n]}}\n");
  file_.write(text_);
  file_.close();
}

unsigned Track::lane_free_at(u64 t_ps) {
  for (unsigned lane = 0; lane < busy_until_.size(); ++lane) {
    if (busy_until_[lane] <= t_ps) return lane;
  }
  const auto lane = static_cast<unsigned>(busy_until_.size());
  if (lane == kLanes) return lane - 1;
  busy_until_.push_back(0);
  writer_.name_thread(process_, first_thread_ + lane, lane == 0 ? name_ : fmt::format("{} +{}", name_, lane));
  return lane;
}

void Track::open(u64 key, std::string name, u64 t_ps) {
  close(key, t_ps);
  const unsigned lane = lane_free_at(t_ps);
  busy_until_[lane] = kBusy;
  open_.emplace(key, Open{lane, t_ps, std::move(name)});
}

void Track::close(u64 key, u64 t_ps, std::string_view args) {
  const auto it = open_.find(key);
  if (it == open_.end()) return;
  const Open& o = it->second;
  writer_.slice(process_, first_thread_ + o.lane, o.name, o.begin_ps, t_ps, args);
  busy_until_[o.lane] = t_ps;
  open_.erase(it);
}

unsigned Track::whole(std::string_view name, u64 begin_ps, u64 end_ps, std::string_view args) {
  const unsigned lane = lane_free_at(begin_ps);
  busy_until_[lane] = end_ps;
  writer_.slice(process_, first_thread_ + lane, name, begin_ps, end_ps, args);
  return lane;
}

void Track::inside(unsigned lane, std::string_view name, u64 begin_ps, u64 end_ps) {
  writer_.slice(process_, first_thread_ + lane, name, begin_ps, end_ps, {});
}

void Track::mark(std::string_view name, u64 t_ps, std::string_view args) {
  if (busy_until_.empty()) lane_free_at(0);
  writer_.instant(process_, first_thread_, name, t_ps, args);
}

void Track::finish(u64 t_ps) {
  while (!open_.empty()) close(open_.begin()->first, t_ps);
}

}  // namespace smmu_vp::tb

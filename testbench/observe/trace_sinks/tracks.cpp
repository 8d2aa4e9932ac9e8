// The Chrome trace event format, and the choice of lanes.
#include "testbench/observe/trace_sinks/tracks.h"

#include <algorithm>
#include <utility>

namespace smmu_vp::tb {

namespace {

constexpr u64 kBusy = ~u64{0};
constexpr u64 kPsPerNs = 1000;
// Events without duration in the same nanosecond get up to this many lanes, so that they can be distinguished.
constexpr std::size_t kLanesForMoments = 16;
// Viewers take thread number 0 as no number, and a thread with its process's number as the process itself.
constexpr unsigned kFirstThread = 100;
constexpr unsigned kOrdersPerTrack = 10'000;

// The format counts in microseconds.
void append_time(JsonText& out, u64 ns) {
  const u64 below = ns % 1000;
  out << ns / 1000 << '.' << static_cast<char>('0' + below / 100) << static_cast<char>('0' + below / 10 % 10)
      << static_cast<char>('0' + below % 10);
}

}  // namespace

TraceWriter::TraceWriter(const std::string& path, Limit limit) : limit_(std::move(limit)), file_(path) {
  file_.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
}

void TraceWriter::begin_event(std::string_view name, char phase, const Place& place) {
  text_.clear();
  text_ << (first_ ? "" : ",") << "\n{\"name\":";
  append_quoted(text_, name);
  text_ << ",\"ph\":\"" << phase << "\",\"pid\":" << place.process << ",\"tid\":" << place.thread
        << ",\"ts\":";
  append_time(text_, place.begin_ns);
}

void TraceWriter::end_event(const Place& place, std::string_view args) {
  if (full_) return;
  if (!args.empty()) text_ << ",\"args\":{" << args.substr(1) << '}';
  text_ << '}';
  const std::string_view text = text_.view();
  if (text.size() > limit_.most_bytes - written_) {
    full_ = true;
    if (limit_.on_full) limit_.on_full(place.begin_ns * kPsPerNs);
    return;
  }
  written_ += text.size();
  file_.write(text);
  first_ = false;
}

void TraceWriter::slice(const Place& place, std::string_view name, u64 end_ns, std::string_view args) {
  begin_event(name, 'X', place);
  text_ << ",\"dur\":";
  append_time(text_, end_ns - place.begin_ns);
  end_event(place, args);
}

void TraceWriter::instant(const Place& place, const Text& text) {
  begin_event(text.name, 'i', place);
  text_ << ",\"s\":\"t\"";
  end_event(place, text.args);
}

void TraceWriter::counter(const Place& place, const Sample& sample) {
  begin_event(sample.name, 'C', place);
  args_.clear();
  MemberWriter{args_}(sample.unit, sample.value);
  end_event(place, args_.view());
}

void TraceWriter::flow(const Place& place, char phase, std::string_view name, u64 id) {
  begin_event(name, phase, place);
  text_ << ",\"cat\":\"flow\",\"id\":" << id << (phase == 'f' ? ",\"bp\":\"e\"" : "");
  end_event(place, {});
}

void TraceWriter::metadata(std::string_view kind, unsigned process, unsigned thread, std::string_view args) {
  const Place place{process, thread, 0};
  begin_event(kind, 'M', place);
  end_event(place, args);
}

void TraceWriter::name_process(unsigned process, std::string_view name) {
  args_.clear();
  MemberWriter{args_}("name", name);
  metadata("process_name", process, 0, args_.view());
  metadata("process_sort_index", process, 0, fmt::format(",\"sort_index\":{}", process));
}

unsigned TraceWriter::add_thread(unsigned process, std::string_view name, unsigned order) {
  const unsigned thread = kFirstThread + threads_++;
  args_.clear();
  MemberWriter{args_}("name", name);
  metadata("thread_name", process, thread, args_.view());
  metadata("thread_sort_index", process, thread, fmt::format(",\"sort_index\":{}", order));
  return thread;
}

void TraceWriter::close() {
  file_.write("\n]}\n");
  file_.close();
}

std::size_t Track::lane_free_at(u64 t_ns) {
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (lanes_[lane].busy_until_ns <= t_ns) return lane;
  }
  const auto lane = static_cast<unsigned>(lanes_.size());
  const std::string name = lane == 0 ? name_ : fmt::format("{} +{}", name_, lane);
  lanes_.push_back({writer_.add_thread(process_, name, order_ * kOrdersPerTrack + lane), 0});
  return lane;
}

// Anything shorter than a nanosecond is drawn as one and carries its true duration, because viewers show no
// slice without length. Where very many fall into the same nanosecond, as without timing, they become
// instants, which may share a lane.
void Track::draw(std::size_t lane, std::string_view name, u64 begin_ps, u64 end_ps, std::string args) {
  const Place place{process_, lanes_[lane].thread, begin_ps / kPsPerNs};
  u64 end_ns = end_ps / kPsPerNs;
  if (end_ns == place.begin_ns) {
    args += ",\"duration_ps\":" + std::to_string(end_ps - begin_ps);
    if (lanes_.size() < kLanesForMoments) ++end_ns;
  }
  lanes_[lane].busy_until_ns = end_ns;
  if (end_ns == place.begin_ns) return writer_.instant(place, {.name = name, .args = args});
  writer_.slice(place, name, end_ns, args);
}

Place Track::open(const Key& key, std::string name, u64 t_ps, std::string args) {
  close(key, t_ps);
  const std::size_t lane = lane_free_at(t_ps / kPsPerNs);
  lanes_[lane].busy_until_ns = kBusy;
  open_.emplace(key, Open{lane, t_ps, std::move(name), std::move(args)});
  return {process_, lanes_[lane].thread, t_ps / kPsPerNs};
}

void Track::close(const Key& key, u64 t_ps, std::string_view args) {
  const auto it = open_.find(key);
  if (it == open_.end()) return;
  Open& o = it->second;
  o.args += args;
  draw(o.lane, o.name, o.begin_ps, t_ps, std::move(o.args));
  open_.erase(it);
}

void Track::whole(std::string_view name, u64 begin_ps, u64 end_ps, std::string args) {
  draw(lane_free_at(begin_ps / kPsPerNs), name, begin_ps, end_ps, std::move(args));
}

Place Track::mark(std::string_view name, u64 t_ps, std::string_view args) {
  if (lanes_.empty()) lane_free_at(0);
  const Place place{process_, lanes_.front().thread, t_ps / kPsPerNs};
  writer_.instant(place, {.name = name, .args = args});
  return place;
}

void Track::finish(u64 t_ps) {
  while (!open_.empty()) {
    const Key key = open_.begin()->first;
    close(key, t_ps);
  }
}

void Counter::set(u64 value, u64 t_ps) {
  if (std::exchange(drawn_, true) && value == value_) return;
  value_ = value;
  writer_.counter({process_, 0, t_ps / kPsPerNs}, {.name = name_, .unit = unit_, .value = value});
}

void Counter::step(bool up, u64 t_ps) {
  if (!up && value_ == 0) return;  // the end of something that began before listening did
  set(up ? value_ + 1 : value_ - 1, t_ps);
}

void Counter::span(const Span& span) {
  steps_.emplace_back(span.begin_ps / kPsPerNs, 1);
  steps_.emplace_back(span.end_ps / kPsPerNs, -1);
}

void Counter::finish() {
  std::sort(steps_.begin(), steps_.end());
  int now = 0, drawn = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    now += steps_[i].second;
    if (i + 1 < steps_.size() && steps_[i + 1].first == steps_[i].first) continue;
    if (now != drawn)
      writer_.counter({process_, 0, steps_[i].first},
                      {.name = name_, .unit = unit_, .value = static_cast<u64>(now)});
    drawn = now;
  }
}

}  // namespace smmu_vp::tb

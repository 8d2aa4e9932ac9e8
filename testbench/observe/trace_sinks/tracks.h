// Chrome-trace slices, instants and counters on named tracks. Viewers count in nanoseconds, so every time is
// rounded down to one before it is written; what nests or follows in picoseconds then does so in the viewer.
// Overlapping slices of a track are spread over lanes, each of which is a thread in the viewer.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "testbench/observe/output/output_file.h"
#include "testbench/observe/trace_sinks/json_text.h"

namespace smmu_vp::tb {

// Where a slice is drawn, and its start.
struct Place {
  unsigned process = 0, thread = 0;
  u64 begin_ns = 0;
};

class TraceWriter {
 public:
  // No slice goes beyond `most_bytes`; `on_full` is called with the time of the first that did not fit.
  struct Limit {
    u64 most_bytes = ~u64{0};
    std::function<void(u64 t_ps)> on_full = {};
  };
  TraceWriter(const std::string& path, Limit limit);

  // Call in the order in which viewers should list them.
  void name_process(unsigned process, std::string_view name);
  // A new thread of `process`, shown at position `order` among its threads.
  unsigned add_thread(unsigned process, std::string_view name, unsigned order);

  // `args` are members of a JSON object, each after a comma, as MemberWriter writes them.
  void slice(const Place& place, std::string_view name, u64 end_ns, std::string_view args);
  struct Text {
    std::string_view name, args;
  };
  void instant(const Place& place, const Text& text);
  struct Sample {
    std::string_view name, unit;
    u64 value;
  };
  void counter(const Place& place, const Sample& sample);
  // The beginning ('s'), next step ('t') or end ('f') of an arrow, bound to the slice drawn at `place`.
  void flow(const Place& place, char phase, std::string_view name, u64 id);
  void close();

 private:
  void begin_event(std::string_view name, char phase, const Place& place);
  void end_event(const Place& place, std::string_view args);
  void metadata(std::string_view kind, unsigned process, unsigned thread, std::string_view args);

  const Limit limit_;
  OutputFile file_;
  JsonText text_, args_;
  u64 written_ = 0;  // bytes
  bool full_ = false;
  bool first_ = true;
  unsigned threads_ = 0;
};

class Track {
 public:
  using Key = std::array<u64, 3>;

  // `order` is the position among the tracks of its process.
  struct Row {
    unsigned process, order;
  };
  Track(TraceWriter& writer, const Row& row, std::string name)
      : writer_(writer), process_(row.process), order_(row.order), name_(std::move(name)) {}

  // Begins a slice; `key` identifies it until it ends. A slice already open with
  // the same key is closed first.
  Place open(const Key& key, std::string name, u64 t_ps, std::string args = {});
  void close(const Key& key, u64 t_ps, std::string_view args = {});
  // A slice that is announced when it has ended.
  void whole(std::string_view name, u64 begin_ps, u64 end_ps, std::string args = {});
  Place mark(std::string_view name, u64 t_ps, std::string_view args = {});
  // Ends all slices that are still open.
  void finish(u64 t_ps);

 private:
  struct Lane {
    unsigned thread;
    u64 busy_until_ns;
  };
  struct Open {
    std::size_t lane;
    u64 begin_ps;
    std::string name, args;
  };
  std::size_t lane_free_at(u64 t_ns);
  void draw(std::size_t lane, std::string_view name, u64 begin_ps, u64 end_ps, std::string args);

  TraceWriter& writer_;
  unsigned process_, order_;
  std::string name_;
  std::vector<Lane> lanes_;
  std::map<Key, Open> open_;
};

// A value over time.
class Counter {
 public:
  Counter(TraceWriter& writer, unsigned process, std::string name, std::string unit)
      : writer_(writer), process_(process), name_(std::move(name)), unit_(std::move(unit)) {}

  void set(u64 value, u64 t_ps);
  void step(bool up, u64 t_ps);
  // A period that is announced when it has ended; drawn by finish().
  struct Span {
    u64 begin_ps, end_ps;
  };
  void span(const Span& span);
  void finish();

 private:
  TraceWriter& writer_;
  unsigned process_;
  std::string name_, unit_;
  u64 value_ = 0;
  bool drawn_ = false;
  std::vector<std::pair<u64, int>> steps_;  // ns, up or down
};

}  // namespace smmu_vp::tb

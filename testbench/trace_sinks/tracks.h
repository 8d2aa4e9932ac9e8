// Chrome-trace slices on named tracks. Slices of one track that overlap in time are spread over lanes, each a
// thread of its own in the viewer, so that every slice is readable.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "testbench/trace_sinks/json_text.h"
#include "testbench/trace_sinks/output_file.h"

namespace smmu_vp::tb {

class TraceWriter {
 public:
  explicit TraceWriter(const std::string& path);

  // `args` is the members of a JSON object, each after a comma, as MemberWriter writes them.
  void slice(unsigned process, unsigned thread, std::string_view name, u64 begin_ps, u64 end_ps,
             std::string_view args);
  void instant(unsigned process, unsigned thread, std::string_view name, u64 t_ps, std::string_view args);
  void name_process(unsigned process, std::string_view name);
  void name_thread(unsigned process, unsigned thread, std::string_view name);
  void close();

 private:
  void begin_event(std::string_view name, char phase, unsigned process, unsigned thread, u64 t_ps);
  void end_event(std::string_view args);

  OutputFile file_;
  fmt::memory_buffer text_;
  bool first_ = true;
};

class Track {
 public:
  Track(TraceWriter& writer, unsigned process, unsigned first_thread, std::string name)
      : writer_(writer), process_(process), first_thread_(first_thread), name_(std::move(name)) {}

  // Something begins; `key` names it until it ends. A key that is already open is closed first.
  void open(u64 key, std::string name, u64 t_ps);
  void close(u64 key, u64 t_ps, std::string_view args = {});
  // Something that is known only when it has ended.
  unsigned whole(std::string_view name, u64 begin_ps, u64 end_ps, std::string_view args = {});
  // A part of a slice drawn in `lane`.
  void inside(unsigned lane, std::string_view name, u64 begin_ps, u64 end_ps);
  void mark(std::string_view name, u64 t_ps, std::string_view args = {});
  // Whatever is still open ends here.
  void finish(u64 t_ps);

 private:
  static constexpr u64 kBusy = ~u64{0};
  static constexpr unsigned kLanes = 64;  // beyond these, slices share the last lane
  unsigned lane_free_at(u64 t_ps);

  struct Open {
    unsigned lane;
    u64 begin_ps;
    std::string name;
  };
  TraceWriter& writer_;
  unsigned process_, first_thread_;
  std::string name_;
  std::vector<u64> busy_until_;  // by lane
  std::map<u64, Open> open_;
};

}  // namespace smmu_vp::tb

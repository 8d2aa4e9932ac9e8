// What each kernel thread did, as nested operations. An operation is announced when it ends and inner ones
// end first, so slices are kept until all are known.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "testbench/observe/trace_sinks/tracks.h"

namespace smmu_vp::tb {

class ThreadTracks {
 public:
  struct Done {
    std::string_view name;  // a literal
    u64 begin_ps, end_ps;
  };
  // The place is settled by write(), and stays where it is until then.
  const Place* add(std::string_view thread, const Done& done);
  void write(TraceWriter& writer, unsigned process);

 private:
  struct Slice {
    std::string_view name;
    u64 begin_ns, end_ns, duration_ps;
    Place place;
  };
  struct Lane;

  std::map<std::string, std::deque<Slice>, std::less<>> threads_;
};

}  // namespace smmu_vp::tb

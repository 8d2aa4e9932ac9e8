// Nesting of a thread's operations.
#include "testbench/observe/trace_sinks/thread_tracks.h"

#include <algorithm>

namespace smmu_vp::tb {

struct ThreadTracks::Lane {
  unsigned thread;
  std::vector<u64> ends_ns;  // of open operations, outermost first

  // Whether the slice lies within what is open or after it.
  bool fits(const Slice& slice) {
    while (!ends_ns.empty() && ends_ns.back() <= slice.begin_ns) ends_ns.pop_back();
    return ends_ns.empty() || slice.end_ns <= ends_ns.back();
  }
};

const Place* ThreadTracks::add(std::string_view thread, const Done& done) {
  auto it = threads_.find(thread);
  if (it == threads_.end()) it = threads_.try_emplace(std::string(thread)).first;
  return &it->second
              .emplace_back(
                  Slice{done.name, done.begin_ps / 1000, done.end_ps / 1000, done.end_ps - done.begin_ps, {}})
              .place;
}

void ThreadTracks::write(TraceWriter& writer, unsigned process) {
  unsigned order = 0;
  for (auto& [thread, slices] : threads_) {
    std::vector<Slice*> sorted;
    for (Slice& s : slices) sorted.push_back(&s);
    // Of two with equal times, the outer one ended, and was announced, later.
    std::reverse(sorted.begin(), sorted.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const Slice* a, const Slice* b) {
      return std::pair(a->begin_ns, ~a->end_ns) < std::pair(b->begin_ns, ~b->end_ns);
    });
    std::vector<Lane> lanes;
    for (Slice* s : sorted) {
      auto lane = std::find_if(lanes.begin(), lanes.end(), [&](Lane& l) { return l.fits(*s); });
      if (lane == lanes.end()) {
        const std::string name = lanes.empty() ? thread : fmt::format("{} +{}", thread, lanes.size());
        lanes.push_back({writer.add_thread(process, name, order++), {}});
        lane = lanes.end() - 1;
      }
      s->place = {process, lane->thread, s->begin_ns};
      if (s->end_ns == s->begin_ns) {
        const std::string duration = fmt::format(",\"duration_ps\":{}", s->duration_ps);
        writer.instant(s->place, {.name = s->name, .args = duration});
        continue;
      }
      lane->ends_ns.push_back(s->end_ns);
      writer.slice(s->place, s->name, s->end_ns, {});
    }
  }
}

}  // namespace smmu_vp::tb

// Groups of tracks, which the Chrome format calls processes, in the order they are shown; and the names of tracks.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum Group : unsigned {
  kScenario = 1,
  kPasids,
  kCpus,
  kThreads,
  kKernel,
  kQueues,
  kTranslation,
  kLink,
  kDevices
};

// A track or counter within its group. Facts find theirs by this name, and its text is made only once.
struct TrackName {
  using Text = std::string (*)(std::string_view what, u64 which);

  std::string_view what;  // a literal
  u64 which = 0;          // tells apart those of one kind
  Text text = [](std::string_view name, u64) { return std::string(name); };

  TrackName(const char* name) : what(name) {}
  TrackName(std::string_view kind, u64 number, Text text_of) : what(kind), which(number), text(text_of) {}
  friend bool operator<(const TrackName& a, const TrackName& b) {
    return a.which != b.which ? a.which < b.which : a.what < b.what;
  }
};
inline TrackName numbered(std::string_view what, u64 number) {
  return {what, number, [](std::string_view name, u64 which) { return fmt::format("{} {}", name, which); }};
}
// Of a stream.
inline TrackName of(std::string_view what, u32 sid) {
  return {what, sid, [](std::string_view name, u64 which) { return fmt::format("{} {:#x}", name, which); }};
}

}  // namespace smmu_vp::tb

// What happened to each PASID and when: its phases, and its page faults, accesses, translation requests and
// invalidations, as spans of time. Bounded: neighbouring spans of a track are joined when there are too many to draw.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class PasidTracks {
 public:
  struct Span {
    u64 begin_ps, end_ps;
    u64 count = 1;  // of spans joined in this one
  };
  struct PhaseSpan {
    u64 begin_ps, end_ps;
    spec::Phase phase;
  };
  // What each row of a PASID shows besides its phases.
  enum class Activity : u8 { kAccess, kTranslationRequest, kPageFault, kInvalidation };
  struct Pasid {
    std::map<u32, std::vector<PhaseSpan>> phases;  // by StreamID
    std::map<Activity, std::vector<Span>> activity;
  };

  explicit PasidTracks(trace::Bus& bus);
  PasidTracks(const PasidTracks&) = delete;
  PasidTracks& operator=(const PasidTracks&) = delete;

  // By PASID. Phases that are still open end at `end_ps`.
  std::map<u32, Pasid> pasids(u64 end_ps) const;

 private:
  // Spans in order of their beginning, at most kMost of them: beyond that the shortest gap that is kept doubles.
  class Spans {
   public:
    void add(u64 begin_ps, u64 end_ps);
    const std::vector<Span>& all() const { return spans_; }

   private:
    static constexpr std::size_t kMost = 500;
    void join();

    std::vector<Span> spans_;
    u64 gap_ps_ = 0;
  };
  struct Tracks {
    std::map<u32, std::vector<PhaseSpan>> phases;  // the last one of a stream is open
    std::map<Activity, Spans> activity;
  };

  void add(std::optional<u32> pasid, Activity activity, u64 begin_ps, u64 end_ps);

  std::map<u32, Tracks> tracks_;
  std::map<std::tuple<u32, u32, u32>, u64> faults_;  // (StreamID, PASID, group) -> its begin
  struct Sent {
    std::optional<u32> pasid;
    u64 t_ps;
  };
  std::map<std::pair<u32, u32>, Sent> invalidations_;  // by (StreamID, ITag)
};

std::string_view name_of(PasidTracks::Activity activity);

}  // namespace smmu_vp::tb

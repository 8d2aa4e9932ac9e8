// Stalled transactions as software knows them: by the StreamID and STAG of their event records, each until one
// CMD_RESUME or CMD_STALL_TERM (4.7.1). Beside that, those that wait in the SMMU.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "tlm/spec/access.h"

namespace smmu_vp::tb {

struct StallRecord {
  spec::Requester who;
  u64 va = 0;
  bool write = false;
  u64 recorded_ps = 0;
};

class FaultStalls {
 public:
  struct Tag {
    u8 smmu;
    u32 sid, stag;
    auto operator<=>(const Tag&) const = default;
  };
  // What a CMD_RESUME names.
  enum class Named : u8 { kOpen, kAnswered, kOfAnotherStream, kUnknown };

  void recorded(const Tag& tag, const StallRecord& record) {
    answered_.erase(tag);
    open_[tag] = record;
  }
  const StallRecord* find(const Tag& tag) const {
    const auto found = open_.find(tag);
    return found == open_.end() ? nullptr : &found->second;
  }
  Named named(const Tag& tag) const {
    if (open_.contains(tag)) return Named::kOpen;
    if (answered_.contains(tag)) return Named::kAnswered;
    for (const auto& [other, record] : open_)
      if (other.smmu == tag.smmu && other.stag == tag.stag) return Named::kOfAnotherStream;
    return Named::kUnknown;
  }
  void answered(const Tag& tag) {
    if (open_.erase(tag) != 0) answered_.insert(tag);
  }
  // By CMD_STALL_TERM.
  void answered_all(u8 smmu, u32 sid) {
    const auto first = open_.lower_bound({smmu, sid, 0}), last = open_.upper_bound({smmu, sid, ~u32{0}});
    for (auto it = first; it != last; ++it) answered_.insert(it->first);
    open_.erase(first, last);
  }

  // Whether its transaction waits: from the stall to whatever ends it.
  void waits(const Tag& tag, const StallRecord& record) { waiting_[tag] = record; }
  void ended(const Tag& tag) { waiting_.erase(tag); }
  bool waits(const Tag& tag) const { return waiting_.contains(tag); }
  const std::map<Tag, StallRecord>& waiting() const { return waiting_; }

 private:
  std::map<Tag, StallRecord> open_, waiting_;
  std::set<Tag> answered_;
};

}  // namespace smmu_vp::tb

// Which streams terminate all they send: what their STE in memory says, and whether the SMMU can still know an older
// one. CMD_STALL_TERM may only come then (4.7.2).
#pragma once

#include <map>
#include <string_view>
#include <utility>

#include "testbench/observe/monitors/memory_view.h"
#include "tlm/spec/commands.h"
#include "tlm/spec/ste.h"
#include "tlm/trace/facts_detail.h"

namespace smmu_vp::tb {

class FaultStreams {
 public:
  explicit FaultStreams(const MemoryView& memory) : memory_(memory) {}

  void fetched(const trace::ConfigFetched& f) {
    if (f.structure == spec::Structure::kSte)
      streams_[{f.smmu, f.who.sid}] = {
          .ste = f.pa, .known_open = lets_pass(f.words[0]), .invalidated = false};
  }
  void command(u8 smmu, const spec::Command& command) {
    const auto sid = static_cast<u32>(spec::cmd::SID.get(command.w));
    u64 first = sid, last = sid;
    switch (spec::opcode_of(command)) {
      case spec::Opcode::CMD_CFGI_STE:
        break;
      case spec::Opcode::CMD_CFGI_STE_RANGE: {
        const u64 below = (u64{2} << spec::cmd::cfgi::Range.get(command.w)) - 1;  // 4.3.2
        first = sid & ~below;
        last = sid | below;
        break;
      }
      default:
        return;
    }
    for (auto it = streams_.lower_bound({smmu, static_cast<u32>(first)});
         it != streams_.end() && it->first.first == smmu && it->first.second <= last; ++it)
      it->second.invalidated = true;
  }
  void synchronised(u8 smmu) {
    for (auto& [id, stream] : streams_)
      if (id.first == smmu && stream.invalidated) stream.known_open = stream.invalidated = false;
  }

  // Why the stream may still let accesses in; empty when it may not, or when its STE was never read.
  std::string_view still_open(u8 smmu, u32 sid) const {
    const auto found = streams_.find({smmu, sid});
    if (found == streams_.end()) return {};
    if (lets_pass(memory_.word(found->second.ste).value_or(0)))
      return "while its STE does not terminate accesses";
    if (found->second.known_open) return "before the CMD_CFGI_STE of its terminating STE was synchronised";
    return {};
  }

 private:
  struct Stream {
    u64 ste;
    bool known_open;   // an STE that lets accesses in may be cached
    bool invalidated;  // since, but not synchronised
  };
  static bool lets_pass(u64 word0) {
    return spec::ste::V.get(word0) != 0 && spec::ste::ConfigPass.get(word0) != 0;
  }

  const MemoryView& memory_;
  std::map<std::pair<u8, u32>, Stream> streams_;  // by SMMU and StreamID
};

}  // namespace smmu_vp::tb

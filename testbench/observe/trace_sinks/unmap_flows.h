// The path of an unmap, or of the release of a whole address space: its commands, the messages they send, and
// the Invalidate Completions that come back.
#pragma once

#include <map>
#include <optional>

#include "testbench/observe/trace_sinks/flows.h"
#include "tlm/trace/facts.h"

namespace smmu_vp::tb {

class UnmapFlows {
 public:
  explicit UnmapFlows(Flows& flows) : flows_(flows) {}

  void phase(const trace::PasidPhase& phase);

  // first..last are addresses, inclusive. `name` is a literal.
  void begin(std::string_view name, u64 mm, u64 first, u64 last, const Place& place);
  void end(u64 mm, u64 first, u64 last);

  // An action drawn at `place`; it belongs to every unmap in progress that requested it.
  void tlb_invalidated(const trace::TlbInvalidated& i, const Place& place);
  void context_invalidated(const trace::ConfigInvalidated& c, const Place& place);
  void atc_invalidation(const trace::AtcInvalidateSent& a, const Place& command, const Place& request);
  void atc_completion(u32 sid, u32 itag, const Place& place);
  void sync(const Place& place);  // CMD_SYNC, which completes what was requested before it
  void finish();

 private:
  struct Bound {
    spec::Requester who;
    u32 asid;
  };
  struct Unmap {
    std::string_view name;
    u64 mm, first, last;
    std::vector<FlowStep> way;
    bool unsynced = false;
    std::vector<std::pair<u32, u32>> requests;  // StreamID and ITag of those in flight
  };
  void lead(Unmap& unmap, const Place& place);
  bool bound(u64 mm, const spec::Requester& who) const;

  Flows& flows_;
  std::map<u64, std::vector<Bound>> bound_;  // by mm
  std::vector<Unmap> under_way_;
};

}  // namespace smmu_vp::tb

// The path of a page fault: the stalled access or page request, its place in the queue, its handler, the
// response, and the retried access.
#pragma once

#include <map>

#include "testbench/observe/trace_sinks/flows.h"

namespace smmu_vp::tb {

// Identifies a fault as the hardware does: a stall by StreamID and STAG, a page-request
// group by requester and index.
struct FaultName {
  bool stall;
  spec::Requester who;
  u32 group;
  auto operator<=>(const FaultName&) const = default;
  static FaultName of_stall(u32 sid, u32 stag) { return {true, {sid, {}}, stag}; }
  static FaultName of_group(const spec::Requester& who, u32 index) { return {false, who, index}; }
};

class FaultFlows {
 public:
  explicit FaultFlows(Flows& flows) : flows_(flows) {}

  // The first slice of a fault for the page of `address`. An earlier fault of the same name is over.
  void begin(const FaultName& fault, const spec::Requester& who, u64 address, const Place& place);
  void lead(const FaultName& fault, const FlowStep& step);
  // No further slice follows.
  void end(const FaultName& fault);
  // The access will be retried, which ends the path.
  void retried(const FaultName& fault);
  // An access that may be the retry of a fault.
  void access(bool untranslated, const spec::Requester& who, u64 address, const Place& place);
  // Every open path ends where it is.
  void finish();

 private:
  struct Fault {
    spec::Requester who;
    u64 page;
    std::vector<FlowStep> way;
  };
  using Access = std::pair<spec::Requester, u64>;  // who, which page
  void add(bool stall, Fault fault);

  Flows& flows_;
  std::map<FaultName, Fault> under_way_;
  std::multimap<Access, Fault> waiting_[2];  // for a Translation Request, for an untranslated access
};

}  // namespace smmu_vp::tb

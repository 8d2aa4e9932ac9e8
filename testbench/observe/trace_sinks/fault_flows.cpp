// Identifies which facts belong to the same fault, and connects them.
#include "testbench/observe/trace_sinks/fault_flows.h"

namespace smmu_vp::tb {

namespace {

// Translation Requests name 4 KB pages, whatever the granule (PCIe ATS).
constexpr u64 page_of(u64 address) {
  return address >> 12;
}

}  // namespace

void FaultFlows::begin(const FaultName& fault, const spec::Requester& who, u64 address, const Place& place) {
  end(fault);
  under_way_[fault] = {who, page_of(address), {{place}}};
}

void FaultFlows::lead(const FaultName& fault, const FlowStep& step) {
  const auto it = under_way_.find(fault);
  if (it != under_way_.end()) it->second.way.push_back(step);
}

void FaultFlows::end(const FaultName& fault) {
  const auto it = under_way_.find(fault);
  if (it == under_way_.end()) return;
  add(fault.stall, std::move(it->second));
  under_way_.erase(it);
}

void FaultFlows::retried(const FaultName& fault) {
  const auto it = under_way_.find(fault);
  if (it == under_way_.end()) return;
  waiting_[fault.stall].emplace(Access{it->second.who, it->second.page}, std::move(it->second));
  under_way_.erase(it);
}

void FaultFlows::access(bool untranslated, const spec::Requester& who, u64 address, const Place& place) {
  auto& waiting = waiting_[untranslated];
  if (waiting.empty()) return;
  const auto it = waiting.find({who, page_of(address)});
  if (it == waiting.end()) return;
  it->second.way.push_back({place});
  add(untranslated, std::move(it->second));
  waiting.erase(it);
}

void FaultFlows::finish() {
  for (auto& [fault, f] : under_way_) add(fault.stall, std::move(f));
  under_way_.clear();
  for (const bool stall : {false, true}) {
    for (auto& [access, f] : waiting_[stall]) add(stall, std::move(f));
    waiting_[stall].clear();
  }
}

void FaultFlows::add(bool stall, Fault fault) {
  flows_.add(stall ? "stalled access" : "page request", std::move(fault.way));
}

}  // namespace smmu_vp::tb

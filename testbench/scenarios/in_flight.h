// What is in flight for a PASID, counted from facts: a scenario chooses the moment of process death by it.
#pragma once

#include <map>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class InFlight {
 public:
  struct Counts {
    u32 dma = 0, translation_requests = 0, page_requests = 0, stalls = 0;
    // Something of every kind is under way.
    bool every_kind() const { return dma && translation_requests && page_requests && stalls; }
  };

  explicit InFlight(trace::Bus& bus) {
    bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64) {
      if (!f.ssv) return;
      const bool request = f.kind == "translation_request";
      open_[f.transaction] = {f.ssid, request};
      ++(request ? counts_[f.ssid].translation_requests : counts_[f.ssid].dma);
    });
    bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& f, u64) {
      const auto it = open_.find(f.transaction);
      if (it == open_.end()) return;
      auto& counts = counts_[it->second.pasid];
      --(it->second.request ? counts.translation_requests : counts.dma);
      open_.erase(it);
    });
    bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
      if (f.last && (f.read || f.write)) ++counts_[f.ssid].page_requests;
    });
    bus.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& f, u64) {
      if (f.expected) --counts_[f.ssid].page_requests;
    });
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) { ++counts_[f.ssid].stalls; });
    bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) {
      if (const auto it = open_.find(f.transaction); it != open_.end()) --counts_[it->second.pasid].stalls;
    });
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  Counts of(u32 pasid) const {
    const auto it = counts_.find(pasid);
    return it == counts_.end() ? Counts{} : it->second;
  }

 private:
  struct Open {
    u32 pasid;
    bool request;
  };
  std::map<u64, Open> open_;
  std::map<u32, Counts> counts_;
};

}  // namespace smmu_vp::tb

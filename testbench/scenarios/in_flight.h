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
      if (!f.ssv || f.kind == "prefetch") return;
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
    // A stalled transaction is not DMA under way: it has made no access and waits for software.
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) { move(f.transaction, +1); });
    bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) { move(f.transaction, -1); });
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
  void move(u64 transaction, int into_stalls) {
    const auto it = open_.find(transaction);
    if (it == open_.end()) return;
    Counts& counts = counts_[it->second.pasid];
    counts.stalls += static_cast<u32>(into_stalls);
    counts.dma -= static_cast<u32>(into_stalls);
  }

  std::map<u64, Open> open_;
  std::map<u32, Counts> counts_;
};

}  // namespace smmu_vp::tb

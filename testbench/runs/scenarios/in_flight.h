// Counts what is in flight for a PASID, from facts, so that a scenario can choose
// the moment of process death.
#pragma once

#include <map>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class InFlight {
 public:
  struct Counts {
    u32 dma = 0, translation_requests = 0, page_requests = 0, stalls = 0;
    // Whether something of every kind is in flight.
    bool every_kind() const { return dma && translation_requests && page_requests && stalls; }
  };

  explicit InFlight(trace::Bus& bus) {
    bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64) {
      if (!f.who.pasid || !f.kind) return;
      const bool request = f.kind == spec::pcie::At::kTranslationRequest;
      open_[{f.smmu, f.transaction}] = {*f.who.pasid, request};
      ++(request ? counts_[*f.who.pasid].translation_requests : counts_[*f.who.pasid].dma);
    });
    bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& f, u64) {
      const auto it = open_.find({f.smmu, f.transaction});
      if (it == open_.end()) return;
      auto& counts = counts_[it->second.pasid];
      --(it->second.request ? counts.translation_requests : counts.dma);
      open_.erase(it);
    });
    bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
      if (!f.last || f.stop_marker()) return;
      asked_[{f.who.sid, f.prg_index}] = f.who.ssid();
      ++counts_[f.who.ssid()].page_requests;
    });
    bus.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& f, u64) {
      const auto asked = asked_.find({f.who.sid, f.prg_index});  // not every response carries the PASID
      if (!f.expected || asked == asked_.end()) return;
      --counts_[asked->second].page_requests;
      asked_.erase(asked);
    });
    // A stalled transaction is not DMA in flight: it has made no access and waits for software.
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) { move({f.smmu, f.transaction}, +1); });
    bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) { move({f.smmu, f.transaction}, -1); });
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  Counts of(u32 pasid) const {
    const auto it = counts_.find(pasid);
    return it == counts_.end() ? Counts{} : it->second;
  }

 private:
  using Transaction = std::pair<u8, u64>;  // SMMU and number
  struct Open {
    u32 pasid;
    bool request;
  };
  void move(const Transaction& transaction, int into_stalls) {
    const auto it = open_.find(transaction);
    if (it == open_.end()) return;
    Counts& counts = counts_[it->second.pasid];
    counts.stalls += static_cast<u32>(into_stalls);
    counts.dma -= static_cast<u32>(into_stalls);
  }

  std::map<Transaction, Open> open_;
  std::map<std::pair<u32, u32>, u32> asked_;  // (StreamID, group) -> PASID
  std::map<u32, Counts> counts_;
};

}  // namespace smmu_vp::tb

// State that the parts of the SMMU share.
#pragma once

#include <functional>
#include <optional>

#include "tlm/core/pmcg.h"
#include "tlm/core/ports.h"
#include "tlm/core/register_file.h"
#include "tlm/core/translation_cache.h"
#include "tlm/smmu/counters.h"
#include "tlm/smmu/transactions.h"
#include "tlm/trace/smmu_bus.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::smmu {

struct State {
  State(const core::SmmuConfig& c, transport::Timing& t, const trace::SmmuBus& f, core::MemoryPort& m)
      : config(c), registers(c), timing(t), facts(f), memory(m) {}

  const core::SmmuConfig config;
  core::RegisterFile registers;
  transport::Timing& timing;
  const trace::SmmuBus facts;
  core::MemoryPort& memory;
  Counters counters;
  Transactions transactions;
  std::optional<core::Pmcg> pmcg;  // if smmu.features.pmcg

  void count(spec::pmcg::Event event, u32 sid, u64 times = 1) {
    if (pmcg) pmcg->count(event, sid, times);
  }

  // Called when translations, or what configures streams, may have changed: pointers into memory are taken back.
  std::function<void(const core::Invalidation&)> translations_invalidated = [](const core::Invalidation&) {};
  std::function<void()> configuration_changed = [] {};

  // A message's requester as the SMMU sees it: without substreams it ignores the PASID.
  spec::Requester known(const spec::Requester& who) const {
    return config.features.ssid_bits != 0 ? who : spec::Requester{who.sid, {}};
  }
  u64 address_limit() const { return u64{1} << config.features.oas_bits; }

  // An Update of CR0 or IRQ_CTRL may be waiting for what just ended (6.3.9, 6.3.16).
  sc_core::sc_event update_may_complete;
  void ended() {
    if ((registers.pending(spec::offset::CR0) | registers.pending(spec::offset::IRQ_CTRL)) != 0)
      update_may_complete.notify(sc_core::SC_ZERO_TIME);
  }
};

}  // namespace smmu_vp::smmu

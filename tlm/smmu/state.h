// What the parts of the SMMU share.
#pragma once

#include <optional>

#include "tlm/core/pmcg.h"
#include "tlm/core/ports.h"
#include "tlm/core/register_file.h"
#include "tlm/smmu/counters.h"
#include "tlm/smmu/transactions.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::smmu {

struct State {
  State(const core::SmmuConfig& c, transport::Timing& t, const trace::Bus& f, core::MemoryPort& m)
      : config(c), registers(c), timing(t), facts(f), memory(m) {}

  const core::SmmuConfig config;
  core::RegisterFile registers;
  transport::Timing& timing;
  const trace::Bus& facts;
  core::MemoryPort& memory;
  Counters counters;
  Transactions transactions;
  std::optional<core::Pmcg> pmcg;  // where smmu.features.pmcg says so

  void count(spec::pmcg::Event event, u32 sid, u64 times = 1) {
    if (pmcg) pmcg->count(event, sid, times);
  }

  bool rec_cfg_ats() const { return registers.flag(spec::offset::CR2, spec::CR2::REC_CFG_ATS); }
  bool recinvsid() const { return registers.flag(spec::offset::CR2, spec::CR2::RECINVSID); }
  u64 address_limit() const { return u64{1} << config.features.oas_bits; }

  // An Update of CR0 or IRQ_CTRL may wait for something that just ended (6.3.9, 6.3.16).
  sc_core::sc_event update_may_complete;
  void ended() {
    if ((registers.pending(spec::offset::CR0) | registers.pending(spec::offset::IRQ_CTRL)) != 0)
      update_may_complete.notify(sc_core::SC_ZERO_TIME);
  }
};

}  // namespace smmu_vp::smmu

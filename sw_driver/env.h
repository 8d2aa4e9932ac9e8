// What every part of the driver stack receives: the kernel's services and this boot's configuration.
#pragma once

#include "sw_driver/bugs.h"
#include "sw_driver/os.h"
#include "tlm/spec/vmsa.h"

namespace smmu_vp::sw {

struct DriverConfig {
  bool ril = true;         // use range invalidation if the SMMU supports it
  unsigned cmdq_log2 = 8;  // entries, log2; at least 7, so that a full batch and its CMD_SYNC fit
  unsigned evtq_log2 = 7, priq_log2 = 7;
  unsigned cmdq_batch = 64;   // commands published with one PROD write, 1..64
  unsigned max_tlbi_ops = 0;  // from this many pages an unmap issues one TLBI by ASID; 0: one table's worth
  bool msi_sync = true;       // CMD_SYNC signals completion by MSI if the SMMU supports it
  bool btm = false;           // rely on broadcast TLB maintenance if the SMMU takes part in it
  bool el2 = true;            // run at EL2 if the SMMU has it
  unsigned pri_allocation = 16;
  spec::vmsa::Granule granule = spec::vmsa::Granule::k4K;
  unsigned cpu_pa_bits = 48;
  Bug bug = Bug::kNone;
};

struct Env {
  Os& os;
  DriverConfig config;
  u64 operations = 0;  // ids given to timed operations so far

  bool has(Bug bug) const { return config.bug == bug; }
  template <typename Fact>
  void announce(const Fact& fact) const {
    os.facts().announce(fact);
  }
};

}  // namespace smmu_vp::sw

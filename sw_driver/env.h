// What every part of the driver stack is given: the kernel's services and the choices made for this boot.
#pragma once

#include "sw_driver/bugs.h"
#include "sw_driver/os.h"
#include "tlm/spec/vmsa.h"

namespace smmu_vp::sw {

struct DriverConfig {
  bool ril = true;         // use range commands where the SMMU has them
  unsigned cmdq_log2 = 8;  // entries; 7 at least, so that a batch and its CMD_SYNC fit
  unsigned evtq_log2 = 7, priq_log2 = 7;
  unsigned cmdq_batch = 64;   // commands published together, 1..64
  unsigned max_tlbi_ops = 0;  // pages from which an unmap becomes one TLBI by ASID; 0: one table's worth
  bool msi_sync = true;       // CMD_SYNC completes by MSI where the SMMU has it
  bool btm = false;           // where the SMMU takes part, the CPU's TLB maintenance is the SMMU's too
  unsigned pri_allocation = 16;
  spec::vmsa::Granule granule = spec::vmsa::Granule::k4K;
  unsigned cpu_pa_bits = 48;
  Bug bug = Bug::kNone;
};

struct Env {
  Os& os;
  DriverConfig config;
  u64 operations = 0;  // ids handed out to timed operations

  bool has(Bug bug) const { return config.bug == bug; }
  template <typename Fact>
  void announce(const Fact& fact) const {
    os.facts().announce(fact);
  }
};

}  // namespace smmu_vp::sw

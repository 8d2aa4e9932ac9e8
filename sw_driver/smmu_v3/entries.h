// The STEs and CDs that the driver writes, and which of their bits the SMMU uses.
#pragma once

#include <optional>

#include "sw_driver/smmu_v3/entry_writer.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::sw {

Entry abort_ste();
// `shareability`: whether the SMMU lets an STE decide the shareability (IDR1.ATTR_TYPES_OVR).
Entry bypass_ste(bool shareability);

// Tables of stage 2 that a walk begins at level 0, with 4 KB granules.
struct Stage2Tables {
  u64 base;
  unsigned input_bits;
};

struct CdTableSte {
  u64 table;
  u64 format;  // spec::ste::kS1Fmt*
  unsigned ssid_bits;
  bool context_0;  // traffic without a PASID uses the first CD; otherwise it bypasses stage 1
  bool ats, stalls_denied, pri_pasid_required, el2;
  bool shareability;  // as for bypass_ste()
  std::optional<Stage2Tables> below = {};
};
// Stage 1 through a CD table, and stage 2 `below` it.
Entry cd_table_ste(const CdTableSte& s);

struct Stage1Cd {
  u64 pgd;
  spec::vmsa::Granule granule;
  unsigned input_bits, pa_bits;
  u32 asid;
  bool stall;
  bool shared_asid = false;  // the CPUs use the same ASID; broadcast TLBIs apply to it
};
// A CD that walks tables as the CPU walks its own, or those of the DMA API.
Entry stage1_cd(const Stage1Cd& s);
// The quiesced CD of a dead address space: no walks, every transaction aborts, nothing is reported.
Entry quiet_cd(const Entry& live, bool stall_forced, bool keep_reporting);

Entry ste_used(const Entry& ste);
Entry cd_used(const Entry& cd);

}  // namespace smmu_vp::sw

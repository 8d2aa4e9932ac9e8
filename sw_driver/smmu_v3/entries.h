// What the driver writes into STEs and CDs, and which of their bits the SMMU looks at.
#pragma once

#include "sw_driver/smmu_v3/entry_writer.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::sw {

Entry abort_ste();
Entry bypass_ste();

struct CdTableSte {
  u64 table;
  u64 format;  // spec::ste::kS1Fmt*
  unsigned ssid_bits;
  bool ats, stalls_denied, pri_pasid_required, el2;
};
// Stage 1 by a CD table; traffic without a PASID bypasses it.
Entry cd_table_ste(const CdTableSte& s);

struct SvaCd {
  u64 pgd;
  spec::vmsa::Granule granule;
  unsigned input_bits, pa_bits;
  u32 asid;
  bool stall;
  bool shared_asid = false;  // it is the CPU's too, and its broadcast invalidations are meant
};
// An address space of the CPU, exactly as the CPU walks it.
Entry sva_cd(const SvaCd& s);
// The same after the address space has died: nothing is walked, everything aborts, nothing is reported.
Entry quiet_cd(const Entry& live, bool stall_forced, bool keep_reporting);

Entry ste_used(const Entry& ste);
Entry cd_used(const Entry& cd);

}  // namespace smmu_vp::sw

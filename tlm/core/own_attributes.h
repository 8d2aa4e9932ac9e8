// The memory types of the SMMU's own accesses: to tables, structures, queues, and of MSIs (13.1.2).
#pragma once

#include "tlm/core/register_file.h"
#include "tlm/spec/memory_type.h"

namespace smmu_vp::core {

// Fields as software writes them: inner and outer cacheability, shareability.
struct RegionFields {
  u64 inner, outer, sh;
};

// Translation tables: CD.{IRx,ORx,SHx} (5.4), STE.{S2IR0,S2OR0,S2SH0} (5.2).
spec::MemoryType table_walk_type(const RegionFields& fields);
// CDs and L1CDs: STE.{S1CIR,S1COR,S1CSH} (5.2).
spec::MemoryType context_type(const RegionFields& fields);
// STEs and L1STDs: CR1.TABLE_*, STRTAB_BASE.RA (6.3.11, 6.3.24).
spec::MemoryType stream_table_type(const RegisterFile& registers);
// A queue, by the offset of its BASE register: CR1.QUEUE_*, and RA or WA there (6.3.11, 6.3.26, 6.3.29).
spec::MemoryType queue_type(const RegisterFile& registers, u32 base_offset);

// As software configures an MSI: MemAttr, encoded as the STE's, and SH (4.7.3, 6.3.23).
struct MsiFields {
  u64 mem_attr = 0, sh = 0;
};
spec::MemoryType msi_type(const MsiFields& configured);

}  // namespace smmu_vp::core

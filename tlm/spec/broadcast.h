// The contents of a TLB maintenance operation that PEs broadcast, in Non-secure state (3.17).
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// Named after the PE's TLBI instructions. For EL2 operations of a PE in E2H mode, `e2h`
// is set and the ASID is used.
enum class BroadcastOp : u8 {
  kAllE1,       // every VMID, both stages
  kVmalleE1,    // of a VMID, stage 1
  kVmallS12E1,  // of a VMID, both stages
  kAsidE1,
  kVaE1,
  kVaaE1,
  kIpaS2E1,
  kAllE2,
  kAsidE2,  // E2H only
  kVaE2,
  kVaaE2,  // E2H only
};

struct BroadcastTlbi {
  BroadcastOp op = BroadcastOp::kAllE1;
  u16 vmid = 0, asid = 0;
  u64 address = 0;   // first byte, page aligned; of VA and IPA operations
  u64 bytes = 4096;  // more for the range operations
  bool last_level = false;
  bool e2h = false;
};

}  // namespace smmu_vp::spec

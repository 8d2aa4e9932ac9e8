// An I/O page fault of a device, and the group that is answered as a unit.
#pragma once

#include <list>
#include <vector>

#include "tlm/trace/facts_os_kinds.h"

namespace smmu_vp::sw {

using trace::FaultResponse;
using trace::FaultSource;

struct Fault {
  FaultSource source = FaultSource::kPri;
  u32 stream_id = 0;
  bool has_pasid = false;
  u32 pasid = 0;
  u32 group = 0;  // PRG index, or the STAG of a stall
  bool last = true;
  bool read = false, write = false, exec = false;
  u64 address = 0;
};

// A device's state in the I/O page fault core.
struct FaultQueue {
  unsigned users = 0;          // attached PASIDs that can fault; the core accepts reports while there are any
  std::vector<Fault> partial;  // faults whose group is not complete yet
};

}  // namespace smmu_vp::sw

// An I/O page fault of a device, and the groups that faults are answered in.
#pragma once

#include <list>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

enum class FaultSource : u8 { kPri, kStall };
constexpr std::string_view name_of(FaultSource s) {
  return s == FaultSource::kPri ? "pri" : "stall";
}

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

enum class FaultResponse : u8 { kSuccess, kInvalid, kFailure };
constexpr std::string_view name_of(FaultResponse r) {
  return r == FaultResponse::kSuccess ? "Success" : r == FaultResponse::kInvalid ? "Invalid" : "Failure";
}

// A device's place in the fault queue.
struct FaultQueue {
  unsigned users = 0;          // attached PASIDs that can fault; reports are taken while there are any
  std::vector<Fault> partial;  // not the last of their group yet
};

}  // namespace smmu_vp::sw

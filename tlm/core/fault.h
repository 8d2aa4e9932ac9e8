// What an access asks for, how it can fault, and how the SMMU responds (3.12, 5.5, 7.2).
#pragma once

#include "tlm/spec/events.h"

namespace smmu_vp::core {

struct Fault {
  spec::EventId event;
  u64 fetch_address = 0;  // the structure or descriptor whose fetch aborted
  // For a stage 2 fault: what was being translated, and whether it was to be written (7.3.13, 7.3.16). A
  // stage 1 walk writes when it updates a descriptor.
  bool s2 = false;
  u8 of = spec::evt::kClassIN;
  bool table_write = false;
  u64 ipa = 0;
  bool operator==(const Fault&) const = default;
};

// CD.{A,R,S} and STE.{S2R,S2S}: how a stage responds to a Translation-related fault. Stage
// 2 has no A and always aborts.
struct FaultModel {
  bool abort = true, record = true, stall = false;
  bool operator==(const FaultModel&) const = default;
};

struct FaultResponse {
  bool stall = false;
  bool record = true;
  bool raz_wi = false;  // otherwise abort
};

// F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION, which the fault model governs.
bool translation_related(spec::EventId event);

// Whether CR2.RECINVSID lets the event be recorded; it only affects C_BAD_STREAMID (6.3.12.2).
inline bool recordable(spec::EventId event, bool recinvsid) {
  return recinvsid || event != spec::EventId::C_BAD_STREAMID;
}

// How an ordinary transaction that meets `fault` ends under `model`.
FaultResponse respond(const Fault& fault, const FaultModel& model, bool recinvsid);

}  // namespace smmu_vp::core

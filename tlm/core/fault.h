// What an access asks, how it can fail, and what becomes of it then (3.12, 5.5, 7.2).
#pragma once

#include "tlm/spec/events.h"

namespace smmu_vp::core {

// One access as configuration and translation see it. priv and exec are what permissions are checked with,
// after STE overrides (7.3).
struct Access {
  u32 sid = 0;
  bool ssv = false;
  u32 ssid = 0;
  u64 address = 0;  // as input, every bit (3.4.1)
  bool write = false;
  bool priv = false;
  bool exec = false;  // an instruction read; writes are always data
};

struct Fault {
  spec::EventId event;
  u64 fetch_address = 0;  // of the structure or descriptor whose fetch aborted
  // Of a fault that stage 2 met: translating what, and whether to write it (7.3.13, 7.3.16). A stage 1 walk's
  // writes are its updates of descriptors.
  bool s2 = false;
  u8 of = spec::evt::kClassIN;
  bool table_write = false;
  u64 ipa = 0;
  bool operator==(const Fault&) const = default;
};

// CD.{A,R,S} and STE.{S2R,S2S}: how a stage answers a Translation-related fault. Stage 2 has no A: it aborts.
struct FaultModel {
  bool abort = true, record = true, stall = false;
  bool operator==(const FaultModel&) const = default;
};

struct FaultResponse {
  bool stall = false;
  bool record = true;
  bool raz_wi = false;  // else abort
};

// F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION: those the model above governs.
bool translation_related(spec::EventId event);

// How an ordinary transaction ends that meets `fault` under `model`.
FaultResponse respond(const Fault& fault, const FaultModel& model, bool recinvsid);

}  // namespace smmu_vp::core

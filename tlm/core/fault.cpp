// The fault table of 5.5.
#include "tlm/core/fault.h"

namespace smmu_vp::core {

bool translation_related(spec::EventId event) {
  using enum spec::EventId;
  return event == F_TRANSLATION || event == F_ADDR_SIZE || event == F_ACCESS || event == F_PERMISSION;
}

FaultResponse respond(const Fault& fault, const FaultModel& model, bool recinvsid) {
  // Configuration errors and all other faults abort and are recorded, whatever A, R and S say (5.5).
  if (!translation_related(fault.event))
    return {.record = fault.event != spec::EventId::C_BAD_STREAMID || recinvsid};  // 6.3.12.2
  if (model.stall) return {.stall = true};                                         // R is taken as 1 (5.5)
  return {.record = model.record, .raz_wi = !model.abort};
}

}  // namespace smmu_vp::core

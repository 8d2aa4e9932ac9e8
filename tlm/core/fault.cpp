// The fault table of 5.5.
#include "tlm/core/fault.h"

namespace smmu_vp::core {

bool translation_related(spec::EventId event) {
  using enum spec::EventId;
  return event == F_TRANSLATION || event == F_ADDR_SIZE || event == F_ACCESS || event == F_PERMISSION;
}

FaultResponse respond(const Fault& fault, const FaultModel& model, bool recinvsid) {
  // Other faults, such as configuration errors, abort and are recorded, whatever A, R and S say (5.5).
  if (!translation_related(fault.event)) return {.record = recordable(fault.event, recinvsid)};
  if (model.stall) return {.stall = true};  // R is taken as 1 (5.5)
  return {.record = model.record, .raz_wi = !model.abort};
}

}  // namespace smmu_vp::core

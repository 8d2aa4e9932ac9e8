// Configuration keys of the monitors.
#include "testbench/machine/config/keys_internal.h"

namespace smmu_vp::tb {

std::vector<Key> monitor_keys() {
  return {
      flag_key("monitors.enabled", "Check the run with all monitors; false disables them.",
               SMMU_VP_AT(&c.monitors.enabled)),
      chosen_key(
          "monitors.grace_us", "us", 1, 1e7,
          "How long a cached translation or structure may differ from memory before its invalidation counts "
          "as missing, and above 1 ms how long a fault may go unanswered. Software that flushes lazily or "
          "pages in slowly needs as long as that takes. A machine whose own durations are long gives more.",
          SMMU_VP_AT(&c.monitors.grace_us)),
      flag_key("monitors.strict", "Also report software choices that are legal but suspicious.",
               SMMU_VP_AT(&c.monitors.strict)),
  };
}

}  // namespace smmu_vp::tb

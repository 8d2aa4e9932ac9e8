// One translation of an ATS Translation Completion (PCIe 10.2.3).
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// R = W = 0 means "no access now; a page request may help".
struct AtsTranslation {
  u64 address = 0;    // translated address of the first byte of the range
  u8 log2_size = 12;  // bytes
  bool read = false, write = false, exec = false, priv = false, global = false;
  bool untranslated_only = false;  // U
  bool operator==(const AtsTranslation&) const = default;
};

}  // namespace smmu_vp::spec

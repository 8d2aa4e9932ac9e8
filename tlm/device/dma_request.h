// One memory access or Translation Request of a device, from its core to its socket.
#pragma once

#include "tlm/transport/dma_extension.h"

namespace smmu_vp::device {

struct DmaRequest {
  transport::AddressType at = transport::AddressType::kUntranslated;
  spec::Access access{};  // a Translation Request without `intent.write` sets NW
  u8 translations = 1;    // Translation Requests only: how many are requested
  void* data = nullptr;   // unused by Translation Requests
  unsigned bytes = 0;     // the access does not cross a 4 KB boundary
};

}  // namespace smmu_vp::device

// Configuration of a device, however it is attached to the machine.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::device {

struct AcceleratorConfig {
  unsigned channels = 4;      // jobs that run at once
  unsigned queue_depth = 64;  // jobs that wait
  unsigned outstanding = 1;   // pages that a channel accesses at once
};

// Each kind of core reads its own part.
struct DeviceConfig {
  u32 stream_id = 0x100;  // of a PCIe function: its RequesterID (bus, device, function)
  AcceleratorConfig accelerator;
};

}  // namespace smmu_vp::device

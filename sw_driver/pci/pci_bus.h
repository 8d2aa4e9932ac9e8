// Finds every function behind ECAM and makes it usable.
#pragma once

#include <memory>
#include <vector>

#include "sw_driver/pci/pci_device.h"

namespace smmu_vp::sw {

struct PciHost {
  u64 ecam = 0, ecam_bytes = 0;      // no bytes: no PCIe
  u64 window = 0, window_bytes = 0;  // for BARs
};

// Endpoints, in the order of the walk; bridges are numbered where they are not, and opened for what is behind
// them.
std::vector<std::unique_ptr<PciDevice>> scan_pci(Os& os, const PciHost& host);

}  // namespace smmu_vp::sw

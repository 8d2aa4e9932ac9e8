// Enumerates all PCIe functions through ECAM and assigns their resources.
#pragma once

#include <memory>
#include <vector>

#include "sw_driver/pci/pci_device.h"

namespace smmu_vp::sw {

struct PciHost {
  u64 ecam = 0, ecam_bytes = 0;      // 0 bytes: no PCIe
  u64 window = 0, window_bytes = 0;  // for BARs
};

// Returns the endpoints in enumeration order. Numbers the bridges that firmware left unnumbered and opens
// their windows for the functions behind them.
std::vector<std::unique_ptr<PciDevice>> scan_pci(Os& os, const PciHost& host);

}  // namespace smmu_vp::sw

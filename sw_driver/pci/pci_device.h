// A PCIe function as a DMA device: its BARs, interrupts, and PASID, ATS and PRI capabilities.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "sw_driver/iommu/device.h"
#include "sw_driver/pci/config_space.h"

namespace smmu_vp::sw {

// What one MSI-X vector writes, and where.
struct MsiTarget {
  u64 doorbell;
  u32 line;  // the data written
};

class PciDevice : public Device {
 public:
  // Fills in `info` from the capabilities.
  PciDevice(Os& os, PciConfig config, u16 requester_id);

  u16 vendor() const { return vendor_; }
  u16 device_id() const { return device_id_; }

  // Assigns every memory BAR an address in [next, end), advances `next`, and
  // enables memory decoding and bus mastering. Returns false if there is no room: the function then has no BARs.
  bool assign_bars(u64& next, u64 end);
  // Any address may be a BAR's, 0 too.
  std::optional<u64> bar(unsigned index) const { return bars_[index]; }

  // Uses one vector for each target. Returns false if the function has too few.
  bool enable_msix(const std::vector<MsiTarget>& targets);
  // PASID must be enabled before ATS and disabled after it (10.5.1).
  void enable_pasid();
  void disable();

  bool has_ats() const override { return ats_.has_value(); }
  void enable_ats(unsigned smallest_granule_shift) override;
  void disable_ats() override;
  bool has_pri() const override { return pri_.has_value(); }
  bool enable_pri(unsigned allocation) override;
  void disable_pri() override;
  bool prg_response_needs_pasid() const override;
  void block() override;
  bool reset() override;

 private:
  static DeviceInfo describe(const PciConfig& config, u16 requester_id);

  Os& os_;
  PciConfig config_;
  u16 vendor_, device_id_;
  void write_bars();

  std::optional<unsigned> pasid_, ats_, pri_, express_;
  // What reset() must restore.
  std::vector<MsiTarget> msix_targets_;
  std::optional<unsigned> ats_granule_shift_, pri_allocation_;
  std::array<std::optional<u64>, spec::pcie::header::kBars> bars_{};
};

}  // namespace smmu_vp::sw

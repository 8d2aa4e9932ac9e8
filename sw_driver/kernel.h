// The whole driver stack on one machine: what a scenario boots and makes processes in.
#pragma once

#include <memory>
#include <vector>

#include "sw_driver/accel/accelerator.h"
#include "sw_driver/pci/pci_bus.h"
#include "sw_driver/smmu_v3/smmu.h"

namespace smmu_vp::sw {

struct PlatformDevice {
  std::string name;
  u64 registers = 0;
  u32 irq = 0;
  u32 stream_id = 0;
  unsigned pasid_bits = 0;
};

// What firmware tables tell a kernel.
struct PlatformDescription {
  SmmuResources smmu;
  PciHost pci;
  u64 msi_doorbell = 0;
  u32 first_msi = 0;  // interrupt lines from here upwards are for MSI-X vectors
  std::vector<PlatformDevice> devices;
};

class Kernel {
 public:
  Kernel(Os& os, const DriverConfig& config, PlatformDescription platform);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // False, with messages in the log, when the SMMU or an expected device cannot be driven.
  bool boot();
  // Accelerators off, capabilities off in reverse order, SMMU off. All files are closed before.
  void shutdown();

  // PCIe functions in bus order, then platform devices.
  std::size_t accelerators() const { return accelerators_.size(); }
  Accelerator& accelerator(std::size_t index) { return *accelerators_[index]; }

  // Null when memory is exhausted. `source` gives the first contents of pages, zero without it.
  std::unique_ptr<Process> create_process(std::string name, PageSource source = {});

  Smmu& smmu() { return smmu_; }
  IoPageFaults& faults() { return faults_; }
  Env& env() { return env_; }

 private:
  bool boot_pci();
  bool boot_platform_devices();
  bool add_accelerator(Device& device, u64 registers);

  Env env_;
  PlatformDescription platform_;
  IoPageFaults faults_;
  Sva sva_;
  Smmu smmu_;
  std::vector<std::unique_ptr<PciDevice>> pci_devices_;
  std::vector<std::unique_ptr<Device>> platform_devices_;
  std::vector<std::unique_ptr<Accelerator>> accelerators_;
  u64 next_mm_ = 1;
};

}  // namespace smmu_vp::sw

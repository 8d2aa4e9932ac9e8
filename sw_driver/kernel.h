// The complete driver stack of one machine: a scenario boots it and creates processes in it.
#pragma once

#include <memory>
#include <vector>

#include "sw_driver/accel/accelerator.h"
#include "sw_driver/dma/dma_api.h"
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

// What the firmware tables describe to a kernel.
struct PlatformDescription {
  SmmuResources smmu;
  PciHost pci;
  u64 msi_doorbell = 0;
  u32 first_msi = 0;  // MSI-X vectors use the interrupt lines from here upwards
  std::vector<PlatformDevice> devices;
};

class Kernel {
 public:
  Kernel(Os& os, const DriverConfig& config, PlatformDescription platform);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // Returns false and logs the reason if the driver cannot use the SMMU or an expected device.
  bool boot();
  // Disables the accelerators, then the PCIe functions, then the SMMU. All files must be closed.
  void shutdown();

  // PCIe functions in bus order, then platform devices.
  std::size_t accelerators() const { return accelerators_.size(); }
  Accelerator& accelerator(std::size_t index) { return *accelerators_[index]; }

  // The DMA API of an accelerator's device, for as long as the object lives; null if the device cannot have one.
  std::unique_ptr<DmaApi> dma_api(Accelerator& accelerator, DmaFlush flush);

  // Returns null when memory is exhausted. `source` fills each page on its first touch; without it pages
  // start zeroed.
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

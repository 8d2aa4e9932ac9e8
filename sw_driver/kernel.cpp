// Boot order: SMMU, then the devices behind it.
#include "sw_driver/kernel.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

Kernel::Kernel(Os& os, const DriverConfig& config, PlatformDescription platform)
    : env_{os, config},
      platform_(std::move(platform)),
      faults_(env_),
      sva_(env_, faults_),
      smmu_(env_, faults_, platform_.smmu) {}

bool Kernel::boot() {
  if (!smmu_.probe()) return false;
  faults_.start();
  const bool pci = boot_pci();
  return boot_platform_devices() && pci;
}

bool Kernel::boot_pci() {
  pci_devices_ = scan_pci(env_.os, platform_.pci);
  u32 line = platform_.first_msi;
  bool ok = true;
  for (const auto& device : pci_devices_) {
    if (device->vendor() != spec::accel::kPciVendorId || device->device_id() != spec::accel::kPciDeviceId)
      continue;  // no driver for it
    // The PASID capability must not change while ATS is enabled, so it is enabled first.
    device->enable_pasid();
    const auto registers = device->bar(0);
    if (!registers || !smmu_.add_device(*device) || !add_accelerator(*device, *registers)) {
      ok = false;
      continue;
    }
    Accelerator& accelerator = *accelerators_.back();
    env_.os.request_irq(line, text(device->info.name, " completion"),
                        [&accelerator] { accelerator.on_completion(); });
    env_.os.request_irq(line + 1, text(device->info.name, " event"),
                        [&accelerator] { accelerator.on_event(); });
    const u64 doorbell = platform_.msi_doorbell;
    if (!device->enable_msix({{doorbell, line}, {doorbell, line + 1}})) {
      env_.os.printk(LogLevel::kErr, text(device->info.name, ": too few MSI-X vectors"));
      ok = false;
    }
    line += 2;
  }
  return ok;
}

bool Kernel::boot_platform_devices() {
  bool ok = true;
  for (const PlatformDevice& d : platform_.devices) {
    platform_devices_.push_back(std::make_unique<Device>(
        DeviceInfo{.name = d.name, .stream_id = d.stream_id, .pasid_bits = d.pasid_bits, .can_stall = true}));
    Device& device = *platform_devices_.back();
    if (!smmu_.add_device(device) || !add_accelerator(device, d.registers)) {
      ok = false;
      continue;
    }
    Accelerator& accelerator = *accelerators_.back();
    env_.os.request_irq(d.irq, d.name, [&accelerator] {
      accelerator.on_event();
      accelerator.on_completion();
    });
  }
  return ok;
}

bool Kernel::add_accelerator(Device& device, u64 registers) {
  auto accelerator = std::make_unique<Accelerator>(env_, sva_, device, registers);
  if (!accelerator->probe()) return false;
  accelerators_.push_back(std::move(accelerator));
  return true;
}

std::unique_ptr<Process> Kernel::create_process(std::string name, PageSource source) {
  const auto mm = Mm::create(env_, next_mm_++, name, std::move(source));
  return mm == nullptr ? nullptr : std::make_unique<Process>(std::move(name), mm);
}

std::unique_ptr<DmaApi> Kernel::dma_api(Accelerator& accelerator, DmaFlush flush) {
  auto api = std::make_unique<DmaApi>(env_, smmu_, accelerator.device(), flush);
  return api->usable() ? std::move(api) : nullptr;
}

void Kernel::shutdown() {
  for (const auto& accelerator : accelerators_) accelerator->remove();
  for (const auto& device : pci_devices_) device->disable();
  smmu_.shutdown();
}

}  // namespace smmu_vp::sw

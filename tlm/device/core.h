// The core of a device: its registers and its use of DMA. It does not know whether it is in a PCIe function
// or on the system bus.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tlm/device/counters.h"
#include "tlm/device/device_config.h"
#include "tlm/device/dma_port.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::device {

class Core {
 public:
  virtual ~Core() = default;
  // Register access by the CPU, `offset` from the device's base or BAR. False if there is no such register.
  virtual bool read(u64 offset, void* data, unsigned bytes) const = 0;
  virtual bool write(u64 offset, const void* data, unsigned bytes) = 0;
  // Cancels all work and resets the registers; the work may end after the call returns.
  virtual void reset() = 0;
  virtual bool idle() const = 0;
  virtual void visit_counters(const std::string& prefix, const CounterVisitor& visit) const = 0;
};

// The environment of a core.
struct CoreSite {
  DmaPort& dma;
  std::function<void(unsigned vector)> interrupt;  // may block
  const trace::Bus& facts;
};

// A kind of core: an `extern const CoreKind` in the core's file, and a row of the platform's
// device_kinds.def.
struct CoreKind {
  u16 pci_device_id;  // identifies it to drivers in a PCIe function
  std::unique_ptr<Core> (*make)(const DeviceConfig& config, const CoreSite& site);
};

}  // namespace smmu_vp::device

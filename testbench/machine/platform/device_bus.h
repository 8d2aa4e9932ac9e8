// A way to attach devices to the machine, one per Attachment: what it adds to the machine, and how a device
// on it is built around its core and connected.
#pragma once

#include <memory>
#include <optional>

#include "testbench/machine/config/config.h"
#include "testbench/machine/os/interrupts.h"
#include "testbench/machine/platform/translation_caches.h"
#include "tlm/device/core.h"
#include "tlm/device/device.h"
#include "tlm/memory/interconnect.h"
#include "tlm/smmu/smmu.h"

namespace smmu_vp::tb {

// The parts of the machine that a bus connects to.
struct Surroundings {
  const Config& config;
  transport::Timing& timing;
  trace::Bus& facts;
  memory::Interconnect& interconnect;
  Interrupts& interrupts;
  TranslationCaches& caches;
  smmu::Smmu& smmu;
};

// Where firmware tells the operating system to find a device that cannot be enumerated.
struct PlatformNode {
  u64 registers;
  u32 irq;
};

struct Attached {
  std::unique_ptr<device::Device> device;
  std::optional<PlatformNode> node;  // none: the operating system enumerates the device
};

class DeviceBus {
 public:
  virtual ~DeviceBus() = default;

  // The number of TBUs it needs; known before the SMMU exists.
  virtual unsigned tbus() const = 0;
  // Adds what all its devices share. `first_tbu` is the number of its first TBU.
  virtual void build(const Surroundings& machine, unsigned first_tbu) = 0;
  // Makes and connects the device of endpoint `index`.
  virtual Attached attach(const Surroundings& machine, std::size_t index, const device::CoreKind& core) = 0;

  // The TBU that serves a stream, counted from the bus's first; none if none of its devices can have that ID.
  virtual std::optional<unsigned> tbu_of(u32 stream_id) const = 0;
  virtual bool idle() const = 0;  // apart from its devices
  virtual void visit_counters(const device::CounterVisitor& visit) const = 0;
};

}  // namespace smmu_vp::tb

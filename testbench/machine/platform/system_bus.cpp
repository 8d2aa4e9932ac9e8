// Registers, interrupt line and TBU of a platform device.
#include "testbench/machine/platform/system_bus.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/platform/irq_wire.h"
#include "tlm/device/platform_device.h"

namespace smmu_vp::tb {

SystemBus::SystemBus(const Config& config) {
  for (const EndpointConfig& e : config.endpoints)
    if (!e.is_function()) stream_ids_.push_back(e.stream_id);
}

Attached SystemBus::attach(const Surroundings& machine, std::size_t index, const device::CoreKind& core) {
  const EndpointConfig& config = machine.config.endpoints[index];
  const unsigned number = *tbu_of(config.stream_id);
  const PlatformNode node{
      .registers = machine.config.platform.devices_base + number * map::kPlatformDeviceStride,
      .irq = irq::kPlatformDevice + number};
  auto made = std::make_unique<device::PlatformDevice>(fmt::format("ep{}", index).c_str(), config, core,
                                                       machine.facts);
  machine.interconnect.add_target({.address = node.registers, .bytes = map::kPlatformDeviceStride})
      .bind(made->registers_in);
  made->dma_out.bind(machine.smmu.dma_in(first_tbu_ + number));
  wire(made->irq, node.irq, machine.interrupts);
  return {std::move(made), node};
}

std::optional<unsigned> SystemBus::tbu_of(u32 stream_id) const {
  const auto found = std::ranges::find(stream_ids_, stream_id);
  if (found == stream_ids_.end()) return std::nullopt;
  return static_cast<unsigned>(found - stream_ids_.begin());
}

}  // namespace smmu_vp::tb

// Root ports are bound to TBUs; functions are behind the root port of their bus.
#include "testbench/machine/platform/pcie_bus.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/platform/irq_wire.h"

namespace smmu_vp::tb {

namespace {
constexpr u32 kRootBusEnd = 0x100;  // RequesterIDs below it are on bus 0
}

PcieBus::PcieBus(const Config& config) {
  const auto& all = config.endpoints;
  // A root port's RequesterID is a StreamID, too: it must be no endpoint's. There are fewer endpoints than devices.
  const auto taken = [&all](unsigned device) {
    return std::ranges::any_of(all, [device](const EndpointConfig& e) {
      return e.stream_id < kRootBusEnd && spec::pcie::bdf::Device.get(e.stream_id) == device;
    });
  };
  unsigned device = 0;
  for (const EndpointConfig& e : all) {
    if (!e.is_function() || std::ranges::find(links_, e.bus(), &Link::bus) != links_.end()) continue;
    while (e.bus() != 0 && taken(device)) ++device;
    links_.push_back({.bus = e.bus(), .device = e.bus() == 0 ? 0 : device++});
  }
}

void PcieBus::build(const Surroundings& machine, unsigned first_tbu) {
  bridge_ = std::make_unique<pcie::HostBridge>("host_bridge");
  const PcieConfig& at = machine.config.pcie;
  machine.interconnect.add_target({.address = at.ecam_base, .bytes = at.ecam_size}).bind(bridge_->config_in);
  machine.interconnect.add_target({.address = at.window_base, .bytes = at.window_size}, at.window_base)
      .bind(bridge_->memory_in);
  for (unsigned i = 0; i < tbus(); ++i) {
    auto& port = *ports_.emplace_back(std::make_unique<pcie::RootPort>(fmt::format("root_port{}", i).c_str(),
                                                                       machine.config.link, machine.timing));
    if (links_[i].bus == 0) {
      bridge_->integrate(port);
    } else {
      bridge_->add(port, links_[i].device);
      wire(port.inta(), irq::kRootPort + links_[i].device, machine.interrupts);
    }
    port.dma_out.bind(machine.smmu.dma_in(first_tbu + i));
    port.messages_out.bind(machine.smmu.messages_in(first_tbu + i));
    machine.smmu.messages_out(first_tbu + i).bind(port.messages_in);
  }
}

Attached PcieBus::attach(const Surroundings& machine, std::size_t index, const device::CoreKind& core) {
  const auto& all = machine.config.endpoints;
  pcie::EndpointConfig endpoint = all[index];
  endpoint.misbehave.seed = machine.config.seed * all.size() + index;
  endpoint.ats.bug = machine.config.smmu.bug;
  auto& port = *ports_[*tbu_of(endpoint.stream_id)];
  return {std::make_unique<pcie::Endpoint>(fmt::format("ep{}", index).c_str(), endpoint, core, port,
                                           machine.timing, machine.facts, machine.caches.make_atc(index)),
          std::nullopt};
}

std::optional<unsigned> PcieBus::tbu_of(u32 stream_id) const {
  const auto id = static_cast<u16>(stream_id);
  auto found = std::ranges::find_if(
      links_, [id](const Link& link) { return link.bus != 0 && link.requester_id() == id; });
  if (found == links_.end()) found = std::ranges::find(links_, static_cast<u8>(id >> 8), &Link::bus);
  if (found == links_.end()) return std::nullopt;
  return static_cast<unsigned>(found - links_.begin());
}

bool PcieBus::idle() const {
  return std::ranges::all_of(ports_, [](const auto& port) { return port->idle(); });
}

void PcieBus::visit_counters(const device::CounterVisitor& visit) const {
  for (const auto& port : ports_) port->visit_counters(visit);
}

}  // namespace smmu_vp::tb

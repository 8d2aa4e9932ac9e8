// Root ports are bound to TBUs; functions are behind the root port of their bus.
#include "testbench/machine/platform/pcie_bus.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/machine/config/address_map.h"

namespace smmu_vp::tb {

PcieBus::PcieBus(const Config& config) {
  for (const EndpointConfig& e : config.endpoints)
    if (e.is_function() && std::ranges::find(buses_, e.bus()) == buses_.end()) buses_.push_back(e.bus());
}

void PcieBus::build(const Surroundings& machine, unsigned first_tbu) {
  bridge_ = std::make_unique<pcie::HostBridge>("host_bridge");
  machine.interconnect.add_target({.address = map::kEcam, .bytes = map::kEcamSize}).bind(bridge_->config_in);
  machine.interconnect
      .add_target({.address = map::kPcieWindow, .bytes = map::kPcieWindowSize}, map::kPcieWindow)
      .bind(bridge_->memory_in);
  for (unsigned i = 0; i < tbus(); ++i) {
    auto& port = *ports_.emplace_back(std::make_unique<pcie::RootPort>(fmt::format("root_port{}", i).c_str(),
                                                                       machine.config.link, machine.timing));
    bridge_->add(port);
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
  const auto found = std::ranges::find(buses_, static_cast<u8>(stream_id >> 8));
  if (found == buses_.end()) return std::nullopt;
  return static_cast<unsigned>(found - buses_.begin());
}

bool PcieBus::idle() const {
  return std::ranges::all_of(ports_, [](const auto& port) { return port->idle(); });
}

void PcieBus::visit_counters(const device::CounterVisitor& visit) const {
  for (const auto& port : ports_) port->visit_counters(visit);
}

}  // namespace smmu_vp::tb

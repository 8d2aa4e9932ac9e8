// ECAM and BAR decode.
#include "tlm/pcie/host_bridge.h"

#include <cstring>

#include "tlm/pcie/config_space.h"
#include "tlm/pcie/root_port.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

namespace {

// No device claims the access, or it was removed: a write is dropped, a read returns all ones (2.3.2).
void nobody(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, payload.get_data_length());
}

}  // namespace

HostBridge::HostBridge(sc_core::sc_module_name name)
    : sc_module(name), config_in("config_in"), memory_in("memory_in") {
  config_in.register_b_transport(this, &HostBridge::config);
  memory_in.register_b_transport(this, &HostBridge::memory);
}

void HostBridge::add(RootPort& port, unsigned device) {
  port.place(device);
  ports_.emplace(device, &port);
  links_.push_back(&port);
}

void HostBridge::integrate(RootPort& link) {
  integrated_ = &link;
  links_.push_back(&link);
}

// A request for a port's secondary bus reaches a function there; buses further down have none (7.3.3). Only
// device and function number are compared, as a function takes its bus number from the request.
HostBridge::Target HostBridge::find(u64 bdf) const {
  const auto bus = static_cast<u8>(spec::pcie::bdf::Bus.get(bdf));
  for (RootPort* const link : links_) {
    const BridgeSpace& bridge = link->bridge_space();
    if (bus == 0 ? link != integrated_ : !bridge.leads_to(bus) || bridge.secondary_bus() != bus) continue;
    for (const auto& [id, function] : link->functions())
      if (static_cast<u8>(id) == static_cast<u8>(bdf)) return {function, link};
  }
  return {};
}

RootPort* HostBridge::root_port(u64 bdf) const {
  if (spec::pcie::bdf::Bus.get(bdf) != 0 || spec::pcie::bdf::Function.get(bdf) != 0) return nullptr;
  const auto found = ports_.find(static_cast<unsigned>(spec::pcie::bdf::Device.get(bdf)));
  return found == ports_.end() ? nullptr : found->second;
}

void HostBridge::configure(RootPort& port, tlm::tlm_generic_payload& payload, unsigned offset) {
  const unsigned bytes = payload.get_data_length();
  u32 value = 0;
  if (payload.is_read()) {
    value = port.bridge_space().read(offset, bytes);
    std::memcpy(payload.get_data_ptr(), &value, bytes);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), bytes);
    port.write_own(offset, bytes, value);
  }
}

void HostBridge::config(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const u64 address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const auto offset = static_cast<unsigned>(address % spec::pcie::kConfigBytes);
  if ((bytes != 1 && bytes != 2 && bytes != 4) || offset % bytes != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const u64 id = address / spec::pcie::kConfigBytes;
  if (RootPort* const own = root_port(id)) return configure(*own, payload, offset);
  const auto [function, port] = find(id);
  if (function == nullptr || !function->present()) return nobody(payload);
  u32 value = 0;
  if (payload.is_read()) {
    value = port->config_read(*function, offset, bytes);
    std::memcpy(payload.get_data_ptr(), &value, bytes);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), bytes);
    port->config_write(*function, offset, bytes, value);
  }
}

void HostBridge::memory(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const u64 address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  for (RootPort* const port : links_) {
    if (!port->bridge_space().forwards(address)) continue;
    for (const auto& [id, function] : port->functions()) {
      const ConfigSpace& config = function->config_space();
      if (!config.claims(address)) continue;
      if (bytes > config.bar0_bytes() - (address - config.bar0())) break;
      const bool done =
          port->bar_access(*function, address, payload.get_data_ptr(), bytes, payload.is_write());
      return payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  nobody(payload);
}

}  // namespace smmu_vp::pcie

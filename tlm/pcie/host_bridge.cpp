// ECAM and BAR decode.
#include "tlm/pcie/host_bridge.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "tlm/pcie/config_space.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/root_port.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

namespace {

// Nobody claims it, or a device that was pulled: a write vanishes, a read sees all ones (2.3.2).
void nobody(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, payload.get_data_length());
}

}  // namespace

HostBridge::HostBridge(sc_core::sc_module_name name)
    : sc_module(name), config_in("config_in"), memory_in("memory_in") {
  config_in.register_b_transport(this, &HostBridge::config);
  memory_in.register_b_transport(this, &HostBridge::memory);
}

void HostBridge::add(RootPort& port) {
  if (ports_.size() == kMostRootPorts) throw std::invalid_argument("bus 0 has room for 32 root ports");
  ports_.push_back(&port);
}

void HostBridge::attach(Function& function, RootPort& port) {
  const auto id = static_cast<u16>(function.stream_id());
  const auto device = [](u16 rid) { return rid >> spec::pcie::bdf::Device.lo; };
  for (auto& [other, slot] : slots_) {
    if (other == id) throw std::invalid_argument("two PCIe endpoints have RequesterID " + std::to_string(id));
    if (device(other) != device(id)) continue;
    slot.function->config_space().set_multi_function();
    function.config_space().set_multi_function();
  }
  slots_[id] = {&function, &port};
}

// A request for the secondary bus of a port reaches the function there; one for a bus further down, nobody
// (7.3.3). A function goes by its device and function number: it takes its bus number from the request.
const HostBridge::Slot* HostBridge::behind(u8 bus, u8 device_function) const {
  for (const auto& [id, slot] : slots_) {
    const BridgeSpace& bridge = slot.port->bridge_space();
    if (bridge.leads_to(bus) && bridge.secondary_bus() == bus && static_cast<u8>(id) == device_function)
      return &slot;
  }
  return nullptr;
}

void HostBridge::root_bus(tlm::tlm_generic_payload& payload, u8 device_function, unsigned offset) {
  const std::size_t device = spec::pcie::bdf::Device.get(device_function);
  if (device >= ports_.size() || spec::pcie::bdf::Function.get(device_function) != 0) return nobody(payload);
  BridgeSpace& bridge = ports_[device]->bridge_space();
  const unsigned bytes = payload.get_data_length();
  u32 value = 0;
  if (payload.is_read()) {
    value = bridge.read(offset, bytes);
    std::memcpy(payload.get_data_ptr(), &value, bytes);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), bytes);
    bridge.write(offset, bytes, value);
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
  const auto bus = static_cast<u8>(spec::pcie::bdf::Bus.get(id));
  if (bus == 0) return root_bus(payload, static_cast<u8>(id), offset);
  const Slot* const found = behind(bus, static_cast<u8>(id));
  if (found == nullptr || !found->function->present()) return nobody(payload);
  const auto [function, port] = *found;
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
  for (const auto& [id, slot] : slots_) {
    const ConfigSpace& config = slot.function->config_space();
    if (!slot.port->bridge_space().forwards(address)) continue;
    if (!config.memory_enabled() || address - config.bar0() >= config.bar0_bytes()) continue;
    if (bytes > config.bar0_bytes() - (address - config.bar0())) break;
    const bool done =
        slot.port->bar_access(*slot.function, address, payload.get_data_ptr(), bytes, payload.is_write());
    return payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  nobody(payload);
}

}  // namespace smmu_vp::pcie

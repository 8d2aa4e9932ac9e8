// ECAM and BAR decode.
#include "tlm/pcie/host_bridge.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "tlm/pcie/config_space.h"
#include "tlm/pcie/root_port.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

HostBridge::HostBridge(sc_core::sc_module_name name)
    : sc_module(name), config_in("config_in"), memory_in("memory_in") {
  config_in.register_b_transport(this, &HostBridge::config);
  memory_in.register_b_transport(this, &HostBridge::memory);
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

void HostBridge::config(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const u64 address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const auto offset = static_cast<unsigned>(address % spec::pcie::kConfigBytes);
  if ((bytes != 1 && bytes != 2 && bytes != 4) || offset % bytes != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const auto found = slots_.find(static_cast<u16>(address / spec::pcie::kConfigBytes));
  if (found == slots_.end() ||
      !found->second.function->present()) {  // nobody answers: reads see all ones (2.3.2)
    if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, bytes);
    return;
  }
  const auto [function, port] = found->second;
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
    if (!config.memory_enabled() || address - config.bar0() >= config.bar0_bytes()) continue;
    if (bytes > config.bar0_bytes() - (address - config.bar0())) break;
    const bool done =
        slot.port->bar_access(*slot.function, address, payload.get_data_ptr(), bytes, payload.is_write());
    return payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
  }
  // Nobody claims it: a write vanishes, a read sees all ones, as of a device that was pulled (2.3.2).
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, bytes);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace smmu_vp::pcie

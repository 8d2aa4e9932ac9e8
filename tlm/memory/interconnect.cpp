// Address decode.
#include "tlm/memory/interconnect.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace smmu_vp::memory {

Interconnect::Interconnect(sc_core::sc_module_name name) : sc_module(name), in("in") {
  in.register_b_transport(this, &Interconnect::access);
  in.register_get_direct_mem_ptr(this, &Interconnect::direct_memory);
}

Interconnect::TargetPort& Interconnect::add_target(u64 first, u64 bytes, u64 seen_as) {
  const u64 last = first + bytes - 1;
  for (const Window& other : windows_) {
    if (bytes != 0 && last >= first && (last < other.first || first > other.last)) continue;
    std::ostringstream why;
    why << std::hex << "address window 0x" << first << "..0x" << last << " does not fit beside 0x"
        << other.first << "..0x" << other.last;
    throw std::invalid_argument(why.str());
  }
  const std::string port_name = std::string(basename()) + "_out_" + std::to_string(windows_.size());
  Window window{first, last, seen_as - first, std::make_unique<TargetPort>(port_name.c_str())};
  const auto place =
      std::find_if(windows_.begin(), windows_.end(), [&](const Window& w) { return w.first > first; });
  return *windows_.insert(place, std::move(window))->port;
}

Interconnect::Window* Interconnect::find(u64 address, u64 bytes) {
  const auto holds = [&](const Window& w) {
    return address >= w.first && address <= w.last && bytes - 1 <= w.last - address;
  };
  if (recent_ < windows_.size() && holds(windows_[recent_])) return &windows_[recent_];
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    if (!holds(windows_[i])) continue;
    recent_ = i;
    return &windows_[i];
  }
  return nullptr;
}

void Interconnect::access(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const u64 address = payload.get_address();
  const Window* const window = find(address, std::max(1u, payload.get_data_length()));
  if (window == nullptr) return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  payload.set_address(address + window->offset);
  (*window->port)->b_transport(payload, delay);
  payload.set_address(address);
}

bool Interconnect::direct_memory(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const u64 address = payload.get_address();
  const Window* const window = find(address, 1);
  if (window == nullptr) return false;
  payload.set_address(address + window->offset);
  const bool granted = (*window->port)->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  dmi.set_start_address(dmi.get_start_address() - window->offset);
  dmi.set_end_address(dmi.get_end_address() - window->offset);
  return granted;
}

}  // namespace smmu_vp::memory

// Address decode.
#include "tlm/memory/interconnect.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace smmu_vp::memory {

Interconnect::Interconnect(sc_core::sc_module_name name) : sc_module(name), in("in"), out_("out") {
  in.register_b_transport(this, &Interconnect::access);
  in.register_transport_dbg(this, &Interconnect::debug);
  in.register_get_direct_mem_ptr(this, &Interconnect::direct_memory);
}

Interconnect::Targets& Interconnect::add_target(const AddressRange& window, u64 seen_as) {
  const u64 first = window.address, last = first + window.bytes - 1;
  std::ostringstream what;
  what << std::hex << "address window of 0x" << window.bytes << " bytes at 0x" << first;
  if (window.bytes == 0 || last < first) throw std::invalid_argument(what.str() + " is empty or wraps");
  for (const Route& other : routes_) {
    if (last < other.first || first > other.last) continue;
    what << " overlaps 0x" << other.first << "..0x" << other.last;
    throw std::invalid_argument(what.str());
  }
  routes_.push_back({first, last, seen_as - first, static_cast<int>(routes_.size())});
  return out_;
}

const Interconnect::Route* Interconnect::find(u64 address, u64 bytes) {
  const auto holds = [&](const Route& r) {
    return address >= r.first && address <= r.last && bytes - 1 <= r.last - address;
  };
  if (recent_ < routes_.size() && holds(routes_[recent_])) return &routes_[recent_];
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!holds(routes_[i])) continue;
    recent_ = i;
    return &routes_[i];
  }
  return nullptr;
}

void Interconnect::access(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const u64 address = payload.get_address();
  const Route* const route = find(address, std::max(1u, payload.get_data_length()));
  if (route == nullptr) return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  payload.set_address(address + route->offset);
  out_[route->target]->b_transport(payload, delay);
  payload.set_address(address);
}

unsigned Interconnect::debug(int, tlm::tlm_generic_payload& payload) {
  const u64 address = payload.get_address();
  const Route* const route = find(address, std::max(1u, payload.get_data_length()));
  if (route == nullptr) return 0;
  payload.set_address(address + route->offset);
  const unsigned moved = out_[route->target]->transport_dbg(payload);
  payload.set_address(address);
  return moved;
}

bool Interconnect::direct_memory(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const u64 address = payload.get_address();
  const Route* const route = find(address, 1);
  if (route == nullptr) {
    // Nothing is there, which says nothing of other addresses.
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    return false;
  }
  payload.set_address(address + route->offset);
  const bool granted = out_[route->target]->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  dmi.set_start_address(dmi.get_start_address() - route->offset);
  dmi.set_end_address(dmi.get_end_address() - route->offset);
  return granted;
}

}  // namespace smmu_vp::memory

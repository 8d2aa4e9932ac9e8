// Accesses to the RAM.
#include "tlm/memory/ram.h"

#include <cstring>
#include <utility>

namespace smmu_vp::memory {

Ram::Ram(sc_core::sc_module_name name, const RamConfig& config, transport::Timing& timing,
         std::shared_ptr<HostMemory> memory)
    : sc_module(name),
      in("in"),
      config_(config),
      data_bus_(timing, 8000.0 / config.bandwidth_gbps, config.latency_ns * 1000),
      memory_(memory != nullptr ? std::move(memory)
                                : std::make_shared<HostMemory>(HostMemoryConfig{
                                      config.size, config.host_address, config.file, config.file_offset})),
      bytes_(memory_->bytes()) {
  in.register_b_transport(this, &Ram::access);
  in.register_transport_dbg(this, &Ram::debug);
  in.register_get_direct_mem_ptr(this, &Ram::direct_memory);
}

void Ram::access(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const unsigned n = payload.get_data_length();
  u8* const at = host_pointer({payload.get_address(), n});
  if (at == nullptr) return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (payload.get_byte_enable_ptr() != nullptr)
    return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  data_bus_.pass(n);
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), at, n);
  } else if (payload.is_write()) {
    std::memcpy(at, payload.get_data_ptr(), n);
  }
  payload.set_dmi_allowed(true);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Ram::debug(tlm::tlm_generic_payload& payload) {
  const unsigned n = payload.get_data_length();
  u8* const at = host_pointer({payload.get_address(), n});
  if (at == nullptr) return 0;
  if (payload.is_read()) std::memcpy(payload.get_data_ptr(), at, n);
  if (payload.is_write()) std::memcpy(at, payload.get_data_ptr(), n);
  return n;
}

bool Ram::direct_memory(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
  const sc_core::sc_time latency(static_cast<double>(config_.latency_ns), sc_core::SC_NS);
  dmi.set_dmi_ptr(bytes_);
  dmi.set_start_address(config_.base);
  dmi.set_end_address(config_.base + config_.size - 1);
  dmi.set_read_latency(latency);
  dmi.set_write_latency(latency);
  dmi.allow_read_write();
  return true;
}

}  // namespace smmu_vp::memory

// Mapping host memory for the RAM, and its accesses.
#include "tlm/memory/ram.h"

#include <sys/mman.h>

#include <bit>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace smmu_vp::memory {

namespace {

u8* map(const RamConfig& config) {
  const int fixed = config.host_address != 0 ? MAP_FIXED_NOREPLACE : 0;
  void* const got = ::mmap(std::bit_cast<void*>(config.host_address), config.size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  std::ostringstream why;
  why << std::hex << std::showbase;
  if (got == MAP_FAILED) {
    why << "memory.size: " << config.size << " bytes cannot be mapped";
    if (fixed != 0) why << " at memory.host_address " << config.host_address << ": the range is taken";
    throw std::runtime_error(why.str());
  }
  if (fixed != 0 && std::bit_cast<u64>(got) != config.host_address) {  // kernels that ignore the flag
    ::munmap(got, config.size);
    why << "memory.host_address: " << config.host_address << " is taken";
    throw std::runtime_error(why.str());
  }
  return static_cast<u8*>(got);
}

}  // namespace

Ram::Ram(sc_core::sc_module_name name, const RamConfig& config, transport::Timing& timing)
    : sc_module(name),
      in("in"),
      config_(config),
      data_bus_(timing, 8000.0 / config.bandwidth_gbps, config.latency_ns * 1000),
      bytes_(map(config)) {
  in.register_b_transport(this, &Ram::access);
  in.register_get_direct_mem_ptr(this, &Ram::direct_memory);
}

Ram::~Ram() {
  ::munmap(bytes_, config_.size);
}

void Ram::access(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const unsigned n = payload.get_data_length();
  u8* const at = host_pointer(payload.get_address(), n);
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

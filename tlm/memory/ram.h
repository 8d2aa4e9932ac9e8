// Flat RAM. Host memory is committed only where it is touched, so a terabyte costs nothing until used.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstddef>
#include <systemc>
#include <tlm>

#include "tlm/transport/wire.h"

namespace smmu_vp::memory {

struct RamConfig {
  u64 base = 0x8000'0000;
  u64 size = u64{8} << 30;  // a multiple of 4096
  u64 latency_ns = 80;
  double bandwidth_gbps = 400;  // 10^9 bits per second
  u64 host_address =
      0;  // not 0: mapped there in the host process, for software whose pointers are physical addresses
};

class Ram : public sc_core::sc_module {
 public:
  // Throws std::runtime_error when the host address is taken or the size cannot be mapped.
  Ram(sc_core::sc_module_name name, const RamConfig& config, transport::Timing& timing);
  ~Ram() override;

  tlm_utils::simple_target_socket<Ram> in;  // physical addresses

  // The bytes at [pa, pa + n), or null when not all of them are RAM.
  u8* host_pointer(u64 pa, std::size_t n) const {
    const u64 offset = pa - config_.base;
    return offset < config_.size && n <= config_.size - offset ? bytes_ + offset : nullptr;
  }
  const RamConfig& config() const { return config_; }

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct_memory(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  RamConfig config_;
  transport::Wire data_bus_;
  u8* bytes_;
};

}  // namespace smmu_vp::memory

// Flat RAM. Host memory is committed only where it is touched, so a terabyte costs nothing until it is used.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstddef>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>

#include "tlm/memory/host_memory.h"
#include "tlm/transport/wire.h"

namespace smmu_vp::memory {

struct RamConfig {
  u64 base = 0x8000'0000;
  u64 size = u64{8} << 30;  // a multiple of 4096
  u64 latency_ns = 80;
  double bandwidth_gbps = 400;  // 10^9 bits per second
  u64 host_address =
      0;  // if not 0: host address to map it at, for software whose pointers are physical addresses
  std::string file = {};  // if not empty: the RAM is this file's bytes from file_offset on
  u64 file_offset = 0;
};

class Ram : public sc_core::sc_module {
 public:
  // `memory`, if given, is that of an earlier RAM of this configuration. Throws std::runtime_error if the
  // host address is taken or the size cannot be mapped.
  Ram(sc_core::sc_module_name name, const RamConfig& config, transport::Timing& timing,
      std::shared_ptr<HostMemory> memory = nullptr);

  tlm_utils::simple_target_socket<Ram> in;  // physical addresses

  // The bytes of a range of physical addresses, or null when not all of them are RAM.
  u8* host_pointer(const AddressRange& range) const {
    const u64 offset = range.address - config_.base;
    return offset < config_.size && range.bytes <= config_.size - offset ? bytes_ + offset : nullptr;
  }
  const RamConfig& config() const { return config_; }
  const std::shared_ptr<HostMemory>& memory() const { return memory_; }

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool direct_memory(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  RamConfig config_;
  transport::Wire data_bus_;
  std::shared_ptr<HostMemory> memory_;
  u8* bytes_;
};

}  // namespace smmu_vp::memory

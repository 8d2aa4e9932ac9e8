// The complete configuration of a run, with its defaults. Keys, ranges and help texts are in keys*.cpp.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "sw_driver/env.h"
#include "testbench/machine/config/device_kind.h"
#include "testbench/machine/config/source.h"
#include "tlm/core/cache_choice.h"
#include "tlm/core/replacement.h"
#include "tlm/core/smmu_config.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/spec/timing_mode.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

using core::CacheImpl;
using spec::TimingMode;

enum class MemoryModel : u8 { kStrong, kWeak };

struct TimingConfig {
  TimingMode mode = TimingMode::kTimed;
  u64 quantum_ps = 1'000'000;  // kLoose: how far a thread may run ahead
};

struct TlbConfig {
  CacheImpl impl = CacheImpl::kReference;
  std::string rtl{core::kRtlDesigns.front()};  // or kPluginPrefix and a path
  core::Replacement replacement = core::Replacement::kTreePlru;
  u64 hit_ps = 2'000;
  u64 clock_ps = 1'000;  // of the RTL
};

struct MemoryConfig {
  u64 base = 0x8000'0000;
  u64 size = u64{4} << 30;
  u64 latency_ns = 60;
  double bandwidth_gbps = 200;
  u64 host_address = 0;
  std::string file;  // if not empty: RAM is its bytes from file_offset on
  u64 file_offset = 0;
};

// Where PCIe sits in the physical address space.
struct PcieConfig {
  u64 ecam_base = 0x4000'0000, ecam_size = 0x1000'0000;      // 1 MB a bus
  u64 window_base = 0x5000'0000, window_size = 0x1000'0000;  // for BARs
};

// Where the platform's own devices sit.
struct PlatformConfig {
  u64 devices_base = 0x2c00'0000;
  u64 doorbell_base = 0x2a00'0000;  // a 32-bit write of N raises interrupt line N
  // Where MSIs leave the platform, for an interrupt controller that is not part of it; 0: nowhere.
  u64 foreign_doorbell_base = 0, foreign_doorbell_size = 0x1'0000;
  unsigned smmu_device_id = 0xffff;  // DeviceID of the SMMU's own MSIs there
};

struct AtcConfig {
  CacheImpl impl = CacheImpl::kReference;
  std::string rtl{core::kRtlDesigns.front()};  // or kPluginPrefix and a path
  unsigned entries = 256, ways = 4, block_entries = 16, mshrs = 16;
  core::Replacement replacement = core::Replacement::kTreePlru;
  u64 hit_ps = 2'000;
};

struct EndpointConfig : pcie::EndpointConfig {
  EndpointKind kind = EndpointKind::kPcie;
  AtcConfig atc;

  bool is_function() const { return device_kind(kind).attachment == Attachment::kPcieFunction; }
  u8 bus() const { return static_cast<u8>(stream_id >> 8); }  // of a function
};

// One PCIe function and one platform device.
inline std::vector<EndpointConfig> default_endpoints() {
  EndpointConfig platform;
  platform.kind = EndpointKind::kPlatform;
  platform.stream_id = 0x8;
  return {EndpointConfig{}, platform};
}

struct CpuCosts {
  u64 syscall_ps = 200'000, context_switch_ps = 1'000'000, irq_entry_ps = 600'000, fault_handler_ps = 500'000,
      command_build_ps = 10'000, page_zero_ps = 150'000, pte_update_ps = 10'000, load_ps = 2'000,
      store_ps = 1'000, barrier_ps = 20'000, mmio_read_ps = 80'000, mmio_write_ps = 40'000;
};

struct CpuConfig {
  unsigned count = 4;
  MemoryModel memory_model = MemoryModel::kWeak;
  u64 store_delay_ps = 500'000;  // weak: longest a store stays in its thread's buffer
  u64 timeslice_ps = 1'000'000'000;
  CpuCosts costs;
};

struct MonitorConfig {
  bool enabled = true;
  u64 grace_us = 1000;
  bool strict = false;
};

// A scenario's own parameter, scenario.NAME.
using ScenarioValue = std::variant<bool, u64, std::string>;

struct Config {
  u64 seed = 1;
  u64 time_limit_ps = 0;  // simulated; 0: none
  TimingConfig timing;
  core::SmmuConfig smmu;
  TlbConfig tlb;
  MemoryConfig memory;
  PcieConfig pcie;
  PlatformConfig platform;
  pcie::LinkConfig link;
  CpuConfig cpu;
  sw::DriverConfig driver;
  MonitorConfig monitors;
  std::vector<EndpointConfig> endpoints = default_endpoints();
  std::map<std::string, ScenarioValue> scenario;
  std::map<std::string, Source> sources;  // of durations and rates that were set, by key
};

}  // namespace smmu_vp::tb

// Configuration space of a root port: a type 1 header, through which software finds the bus behind it, and
// the PCI Express capability (7.5.1.3, 7.5.3).
#pragma once

#include "tlm/pcie/config_bytes.h"
#include "tlm/pcie/endpoint_config.h"

namespace smmu_vp::pcie {

class BridgeSpace : private ConfigBytes {
 public:
  static constexpr unsigned kExpress = 0x40;
  static constexpr u16 kVendor = 0x1EAF, kDevice = 0x5A00;

  explicit BridgeSpace(const LinkConfig& link);

  u32 read(unsigned offset, unsigned bytes) const { return peek({offset, bytes}); }
  void write(unsigned offset, unsigned bytes, u32 value);
  // The state that firmware leaves: `bus` is behind the port, its window is open, and it forwards both ways.
  void number(u8 bus);

  u8 secondary_bus() const { return secondary_; }
  bool leads_to(u8 bus) const { return secondary_ != 0 && bus >= secondary_ && bus <= subordinate_; }
  // Whether memory requests to `address` are forwarded down: Memory Space Enable, base and limit (7.5.1.3.8).
  bool forwards(u64 address) const { return memory_ && address >= base_ && address <= limit_; }
  bool bus_master() const { return bus_master_; }

 private:
  void decode();

  u8 secondary_ = 0, subordinate_ = 0;
  bool memory_ = false, bus_master_ = false;
  u64 base_ = 0, limit_ = 0;
};

}  // namespace smmu_vp::pcie

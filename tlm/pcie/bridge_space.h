// Configuration space of a root port: a type 1 header, through which software finds the bus behind it, and the PCI
// Express, MSI, Power Management and Access Control Services capabilities (7.5.1.3, 7.5.3, 7.7.1, 7.5.2, 7.7.8). Its one cause of interrupts is
// the link's bandwidth management.
#pragma once

#include "tlm/pcie/config_bytes.h"
#include "tlm/pcie/endpoint_config.h"

namespace smmu_vp::pcie {

class BridgeSpace : private ConfigBytes {
 public:
  static constexpr unsigned kExpress = 0x40, kMsi = 0x80, kPower = 0x90, kAcs = 0x100;
  static constexpr u16 kVendor = 0x1EAF, kDevice = 0x5A00;

  explicit BridgeSpace(const LinkConfig& link);

  u32 read(unsigned offset, unsigned bytes) const { return peek({offset, bytes}); }
  void write(unsigned offset, unsigned bytes, u32 value);
  // The state that firmware leaves: `bus` is behind the port, its window is open, and it forwards both ways.
  void number(u8 bus);
  void set_port_number(u8 number);

  u8 secondary_bus() const { return secondary_; }
  bool leads_to(u8 bus) const { return secondary_ != 0 && bus >= secondary_ && bus <= subordinate_; }
  // Whether memory requests to `address` are forwarded down: Memory Space Enable, base and limit (7.5.1.3.8).
  bool forwards(u64 address) const { return memory_ && address >= base_ && address <= limit_; }
  bool bus_master() const { return bus_master_; }
  // Software holds everything behind the port in reset (7.5.1.3.13).
  bool resets_secondary_bus() const { return resets_secondary_bus_; }
  // Whether what comes up must be from a bus behind the port (6.12.1.1).
  bool validates_source() const { return validates_source_; }

  // An enabled cause of an interrupt is present. It is sent as a message, or INTA is asserted.
  bool interrupt_requested() const;
  bool msi_enabled() const;
  bool inta_asserted() const;
  struct Msi {
    u64 address;
    u32 data;
  };
  Msi msi() const;

 private:
  void decode();

  u8 secondary_ = 0, subordinate_ = 0;
  bool memory_ = false, bus_master_ = false, validates_source_ = false, resets_secondary_bus_ = false;
  u64 base_ = 0, limit_ = 0;
};

}  // namespace smmu_vp::pcie

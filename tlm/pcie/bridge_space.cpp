// The registers of a root port's configuration space.
#include "tlm/pcie/bridge_space.h"

namespace smmu_vp::pcie {

namespace {

namespace px = spec::pcie;
namespace h = px::header;
namespace b = px::bridge;

constexpr u32 kForwarding =
    config_mask(h::command::MemorySpaceEnable) | config_mask(h::command::BusMasterEnable);

}  // namespace

BridgeSpace::BridgeSpace(const LinkConfig& link) {
  namespace e = px::express;
  define({h::kVendorId, 2}, {.value = kVendor});
  define({h::kDeviceId, 2}, {.value = kDevice});
  define({h::kCommand, 2}, {.writable = kForwarding | config_mask(h::command::InterruptDisable)});
  define({h::kStatus, 2}, {.value = config_mask(h::status::CapabilitiesList)});
  define({h::kRevisionId, 1}, {.value = 1});
  define({h::kClassCode, 3}, {.value = 0x060400});  // PCI-to-PCI bridge
  define({h::kCacheLineSize, 1}, {.writable = 0xFF});
  define({h::kHeaderType, 1}, {.value = b::kHeaderType});
  define({b::kPrimaryBus, 1}, {.writable = 0xFF});
  define({b::kSecondaryBus, 1}, {.writable = 0xFF});
  define({b::kSubordinateBus, 1}, {.writable = 0xFF});
  define({b::kMemoryBase, 2}, {.writable = config_mask(b::MemoryAddress)});
  define({b::kMemoryLimit, 2}, {.writable = config_mask(b::MemoryAddress)});
  // I/O and prefetchable memory are not forwarded, so their registers are read-only zero (7.5.1.3.6, .9).
  define({h::kCapabilitiesPointer, 1}, {.value = kExpress});
  define({h::kInterruptLine, 1}, {.value = 0xFF, .writable = 0xFF});

  define({kExpress, 2}, {.value = capability_header(e::kId, 0)});
  define({kExpress + e::kCapabilities, 2},
         {.value = config_bits(e::capabilities::Version.set(
              e::capabilities::DevicePortType.set(0, e::capabilities::kRootPort), 2))});
  define({kExpress + e::kDeviceCapabilities, 4},
         {.value = config_bits(e::device_capabilities::MaxPayloadSize.set(0, size_code(link.mps))) |
                   config_mask(e::device_capabilities::ExtendedTag) |
                   config_mask(e::device_capabilities::RoleBasedErrorReporting)});
  define({kExpress + e::kDeviceControl, 2},
         {.value = config_bits(e::device_control::MaxPayloadSize.set(0, size_code(link.mps))),
          .writable = config_mask(e::device_control::MaxPayloadSize) |
                      config_mask(e::device_control::MaxReadRequestSize)});
  const u64 line = e::link_status::Width.set(e::link_status::Speed.set(0, link.generation), link.lanes);
  define({kExpress + e::kLinkCapabilities, 4},
         {.value = config_bits(line)});  // speed and width have the same places
  define({kExpress + e::kLinkStatus, 2}, {.value = config_bits(line)});
  define({kExpress + e::kDeviceCapabilities2, 4},
         {.value = config_mask(e::device_capabilities2::EndEndTlpPrefix)});
  to_reset_values();
}

void BridgeSpace::number(u8 bus) {
  poke({b::kSecondaryBus, 1}, bus);
  poke({b::kSubordinateBus, 1}, bus);
  poke({b::kMemoryLimit, 2}, config_mask(b::MemoryAddress));
  poke({h::kCommand, 2}, kForwarding);
  decode();
}

void BridgeSpace::write(unsigned offset, unsigned bytes, u32 value) {
  store({offset, bytes}, value, [](unsigned) { return true; });
  decode();
}

void BridgeSpace::decode() {
  const u32 command = peek({h::kCommand, 2});
  memory_ = h::command::MemorySpaceEnable.get(command) != 0;
  bus_master_ = h::command::BusMasterEnable.get(command) != 0;
  secondary_ = static_cast<u8>(peek({b::kSecondaryBus, 1}));
  subordinate_ = static_cast<u8>(peek({b::kSubordinateBus, 1}));
  base_ = u64{peek({b::kMemoryBase, 2})} << 16;
  limit_ = u64{peek({b::kMemoryLimit, 2})} << 16 | (b::kWindowUnit - 1);
}

}  // namespace smmu_vp::pcie

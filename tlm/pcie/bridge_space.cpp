// The registers of a root port's configuration space.
#include "tlm/pcie/bridge_space.h"

#include "tlm/spec/pcie_power.h"

namespace smmu_vp::pcie {

namespace {

namespace px = spec::pcie;
namespace h = px::header;
namespace b = px::bridge;
namespace e = px::express;
namespace p = px::power;

constexpr u32 kForwarding =
    config_mask(h::command::MemorySpaceEnable) | config_mask(h::command::BusMasterEnable);
constexpr ConfigPlace kCommand{h::kCommand, 2}, kStatus{h::kStatus, 2};
constexpr ConfigPlace kLinkControl{BridgeSpace::kExpress + e::kLinkControl, 2};
constexpr ConfigPlace kLinkStatus{BridgeSpace::kExpress + e::kLinkStatus, 2};
constexpr ConfigPlace kBridgeControl{b::kControl, 2};
constexpr ConfigPlace kPowerControl{BridgeSpace::kPower + p::kControl, 2};
constexpr ConfigPlace kMsiControl{BridgeSpace::kMsi + px::msi::kControl, 2};
// What a port reports about its link, and what it notifies software of (7.5.3.6).
constexpr u32 kLinkReports = config_mask(e::link_capabilities::DataLinkLayerLinkActiveReporting) |
                             config_mask(e::link_capabilities::BandwidthNotification);
// Everything that goes up passes the SMMU, whatever software sets.
constexpr u32 kAllToSmmu = config_mask(px::acs::RequestRedirect) | config_mask(px::acs::CompletionRedirect) |
                           config_mask(px::acs::UpstreamForwarding);
constexpr u32 kAccessControl = kAllToSmmu | config_mask(px::acs::SourceValidation);

}  // namespace

BridgeSpace::BridgeSpace(const LinkConfig& link) {
  define({h::kVendorId, 2}, {.value = kVendor});
  define({h::kDeviceId, 2}, {.value = kDevice});
  define(kCommand,
         {.writable = kForwarding | config_mask(h::command::ParityErrorResponse) |
                      config_mask(h::command::SerrEnable) | config_mask(h::command::InterruptDisable)});
  define(kStatus, {.value = config_mask(h::status::CapabilitiesList)});
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
  define({h::kInterruptPin, 1}, {.value = h::kIntA});
  define(kBridgeControl,
         {.writable = config_mask(b::control::ParityErrorResponse) | config_mask(b::control::SerrEnable) |
                      config_mask(b::control::SecondaryBusReset)});

  define({kExpress, 2}, {.value = capability_header(e::kId, kMsi)});
  define({kExpress + e::kCapabilities, 2},
         {.value = config_bits(e::capabilities::Version.set(
              e::capabilities::DevicePortType.set(0, e::capabilities::kRootPort), 2))});
  define({kExpress + e::kDeviceCapabilities, 4},
         {.value = config_bits(e::device_capabilities::MaxPayloadSize.set(0, size_code(link.mps))) |
                   config_mask(e::device_capabilities::ExtendedTag) |
                   config_mask(e::device_capabilities::RoleBasedErrorReporting)});
  define({kExpress + e::kDeviceControl, 2},
         {.value = config_bits(e::device_control::MaxReadRequestSize.set(
              e::device_control::MaxPayloadSize.set(0, size_code(link.mps)), size_code(link.mrrs))),
          .writable = config_mask(e::device_control::MaxPayloadSize) |
                      config_mask(e::device_control::MaxReadRequestSize) |
                      config_mask(e::device_control::ExtendedTag) |
                      config_mask(e::device_control::ErrorReporting)});
  define_link(kExpress, link,
              {.capabilities = kLinkReports,
               .control = config_mask(e::link_control::RetrainLink) |
                          config_mask(e::link_control::BandwidthManagementInterrupt) |
                          config_mask(e::link_control::AutonomousBandwidthInterrupt),
               .status = config_mask(e::link_status::DataLinkLayerLinkActive),
               .status_clears = config_mask(e::link_status::BandwidthManagement) |
                                config_mask(e::link_status::AutonomousBandwidth)});
  define({kExpress + e::kRootControl, 2}, {.writable = config_mask(e::root_control::SystemErrors) |
                                                       config_mask(e::root_control::PmeInterrupt)});
  define({kExpress + e::kDeviceCapabilities2, 4},
         {.value = config_mask(e::device_capabilities2::EndEndTlpPrefix)});

  define({kMsi, 2}, {.value = capability_header(px::msi::kId, kPower)});
  define(kMsiControl, {.value = config_mask(px::msi::control::Address64),
                       .writable = config_mask(px::msi::control::Enable) |
                                   config_mask(px::msi::control::MultipleMessageEnable)});
  define({kMsi + px::msi::kAddress, 4}, {.writable = config_mask(px::msi::Address)});
  define({kMsi + px::msi::kUpperAddress, 4}, {.writable = 0xFFFF'FFFF});
  define({kMsi + px::msi::kData, 2}, {.writable = 0xFFFF});

  // A root port announces that PMEs of what is behind it reach it in every state (7.5.2.1).
  define({kPower, 2}, {.value = capability_header(p::kId, 0)});
  define({kPower + p::kCapabilities, 2},
         {.value = config_bits(p::capabilities::PmeSupport.set(
              p::capabilities::Version.set(0, p::capabilities::kVersion), p::capabilities::kD0AndD3))});
  define(kPowerControl,
         {.value = config_mask(p::control::NoSoftReset),
          .writable = config_mask(p::control::PowerState) | config_mask(p::control::PmeEnable)});

  define({kAcs, 4}, {.value = extended_header(px::acs::kId, 0)});
  define({kAcs + px::acs::kCapability, 2}, {.value = kAccessControl});
  define({kAcs + px::acs::kControl, 2}, {.writable = kAccessControl});
  to_reset_values();
}

void BridgeSpace::number(u8 bus) {
  poke({b::kSecondaryBus, 1}, bus);
  poke({b::kSubordinateBus, 1}, bus);
  poke({b::kMemoryLimit, 2}, config_mask(b::MemoryAddress));
  poke(kCommand, kForwarding);
  // An operating system that learns of the SMMU only after it has found the port would not enable this.
  poke({kAcs + px::acs::kControl, 2}, kAllToSmmu);
  decode();
}

void BridgeSpace::set_port_number(u8 number) {
  fix({kExpress + e::kLinkCapabilities, 4}, config_bits(e::link_capabilities::PortNumber.set(0, number)));
}

void BridgeSpace::write(unsigned offset, unsigned bytes, u32 value) {
  const u32 power = peek(kPowerControl);
  store({offset, bytes}, value, [](unsigned) { return true; });
  if (!p::control::supports(peek(kPowerControl))) poke(kPowerControl, power);
  // The link is trained at once, with the same result; the bit that starts it reads as 0 (7.5.3.7, 7.5.3.8).
  if (const u32 control = peek(kLinkControl); e::link_control::RetrainLink.get(control) != 0) {
    poke(kLinkControl, config_bits(e::link_control::RetrainLink.set(control, 0)));
    poke(kLinkStatus, peek(kLinkStatus) | config_mask(e::link_status::BandwidthManagement));
  }
  const bool held_in_reset = b::control::SecondaryBusReset.get(peek(kBridgeControl)) != 0;
  poke(kLinkStatus,
       config_bits(e::link_status::DataLinkLayerLinkActive.set(peek(kLinkStatus), !held_in_reset)));
  poke(kStatus, config_bits(h::status::InterruptStatus.set(peek(kStatus), interrupt_requested())));
  decode();
}

bool BridgeSpace::interrupt_requested() const {
  namespace control = e::link_control;
  namespace status = e::link_status;
  const u32 enabled = peek(kLinkControl), present = peek(kLinkStatus);
  return (control::BandwidthManagementInterrupt.get(enabled) & status::BandwidthManagement.get(present)) !=
             0 ||
         (control::AutonomousBandwidthInterrupt.get(enabled) & status::AutonomousBandwidth.get(present)) != 0;
}

bool BridgeSpace::msi_enabled() const {
  return px::msi::control::Enable.get(peek(kMsiControl)) != 0;
}

bool BridgeSpace::inta_asserted() const {
  return interrupt_requested() && !msi_enabled() && h::command::InterruptDisable.get(peek(kCommand)) == 0;
}

BridgeSpace::Msi BridgeSpace::msi() const {
  return {
      .address = u64{peek({kMsi + px::msi::kUpperAddress, 4})} << 32 | peek({kMsi + px::msi::kAddress, 4}),
      .data = peek({kMsi + px::msi::kData, 2})};
}

void BridgeSpace::decode() {
  const u32 command = peek(kCommand);
  // In D3hot a bridge forwards nothing (5.3.1.4.1).
  const bool powered = p::control::PowerState.get(peek(kPowerControl)) == p::control::kD0;
  memory_ = powered && h::command::MemorySpaceEnable.get(command) != 0;
  bus_master_ = powered && h::command::BusMasterEnable.get(command) != 0;
  secondary_ = powered ? static_cast<u8>(peek({b::kSecondaryBus, 1})) : u8{0};
  subordinate_ = static_cast<u8>(peek({b::kSubordinateBus, 1}));
  base_ = u64{peek({b::kMemoryBase, 2})} << 16;
  limit_ = u64{peek({b::kMemoryLimit, 2})} << 16 | (b::kWindowUnit - 1);
  resets_secondary_bus_ = b::control::SecondaryBusReset.get(peek(kBridgeControl)) != 0;
  validates_source_ = px::acs::SourceValidation.get(peek({kAcs + px::acs::kControl, 2})) != 0;
}

}  // namespace smmu_vp::pcie

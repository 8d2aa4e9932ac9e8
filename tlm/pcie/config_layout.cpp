// The registers of an endpoint's configuration space: reset values and which bits software may write.
#include "tlm/pcie/config_space.h"
#include "tlm/spec/accelerator.h"
#include "tlm/spec/pcie_power.h"

namespace smmu_vp::pcie {

namespace px = spec::pcie;

void ConfigSpace::define_header(u16 device_id) {
  namespace h = px::header;
  define({h::kVendorId, 2}, {.value = spec::accel::kPciVendorId});
  define({h::kDeviceId, 2}, {.value = device_id});
  define({h::kCommand, 2},
         {.writable = config_mask(h::command::MemorySpaceEnable) | config_mask(h::command::BusMasterEnable) |
                      config_mask(h::command::ParityErrorResponse) | config_mask(h::command::SerrEnable) |
                      config_mask(h::command::InterruptDisable)});
  define({h::kStatus, 2}, {.value = config_mask(h::status::CapabilitiesList)});
  define({h::kRevisionId, 1}, {.value = 1});
  define({h::kClassCode, 3}, {.value = 0x120000});  // processing accelerator
  define({h::kCacheLineSize, 1}, {.writable = 0xFF});
  // One 64-bit BAR. Address bits below its size read 0, which tells software the size (7.5.1.2.1).
  const u64 address_bits = ~(bar0_bytes_ - 1);
  define({h::kBar0, 4}, {.value = config_bits(h::bar::Type.set(0, h::bar::kType64)),
                         .writable = config_bits(address_bits) & config_mask(h::bar::Address)});
  define({h::kBar0 + 4, 4}, {.writable = config_bits(address_bits >> 32)});
  define({h::kSubsystemVendorId, 2}, {.value = spec::accel::kPciVendorId});
  define({h::kSubsystemId, 2}, {.value = 1});
  define({h::kCapabilitiesPointer, 1}, {.value = kExpress});
  define({h::kInterruptLine, 1}, {.writable = 0xFF});  // without an Interrupt Pin it says nothing
}

void ConfigSpace::define_express(bool integrated) {
  namespace e = px::express;
  namespace control = e::device_control;
  define({kExpress, 2}, {.value = capability_header(e::kId, kMsix)});
  define({kExpress + e::kCapabilities, 2},
         {.value = config_bits(e::capabilities::Version.set(
              e::capabilities::DevicePortType.set(
                  0, integrated ? e::capabilities::kIntegratedEndpoint : e::capabilities::kEndpoint),
              2))});
  define({kExpress + e::kDeviceCapabilities, 4},
         {.value = config_bits(e::device_capabilities::MaxPayloadSize.set(0, size_code(link_.mps))) |
                   config_mask(e::device_capabilities::ExtendedTag) |
                   config_mask(e::device_capabilities::RoleBasedErrorReporting) |
                   config_mask(e::device_capabilities::FunctionLevelReset)});
  // The state that firmware leaves: the sizes configured for this link.
  const u64 sizes = control::MaxReadRequestSize.set(control::MaxPayloadSize.set(0, size_code(link_.mps)),
                                                    size_code(link_.mrrs));
  define({kExpress + e::kDeviceControl, 2},
         {.value = config_bits(sizes) | config_mask(control::ExtendedTag),
          .writable = config_mask(control::MaxPayloadSize) | config_mask(control::MaxReadRequestSize) |
                      config_mask(control::ExtendedTag) | config_mask(control::RelaxedOrdering) |
                      config_mask(control::NoSnoop) | config_mask(control::ErrorReporting) |
                      config_mask(control::InitiateFunctionLevelReset)});
  define({kExpress + e::kDeviceCapabilities2, 4},
         {.value = config_mask(e::device_capabilities2::EndEndTlpPrefix) |
                   config_mask(e::device_capabilities2::CompletionTimeoutDisable)});
  define({kExpress + e::kDeviceControl2, 2},
         {.writable = config_mask(e::device_control2::CompletionTimeoutDisable)});
  if (!integrated)  // which has no link registers (7.5.3)
    define_link(kExpress, link_, {.control = config_mask(e::link_control::ReadCompletionBoundary)});
}

void ConfigSpace::define_capabilities() {
  namespace m = px::msix;
  namespace a = spec::accel;
  define({kMsix, 2}, {.value = capability_header(m::kId, kPower)});
  define({kMsix + m::kControl, 2},
         {.value = config_bits(m::control::TableSize.set(0, a::kMsixVectors - 1)),
          .writable = config_mask(m::control::Enable) | config_mask(m::control::FunctionMask)});
  define({kMsix + m::kTable, 4}, {.value = a::kMsixTableOffset});  // BIR 0
  define({kMsix + m::kPba, 4}, {.value = a::kMsixPbaOffset});

  // D0 and D3hot, which every function has (5.3.1); the function keeps its state in D3hot.
  namespace p = px::power;
  define({kPower, 2}, {.value = capability_header(p::kId, 0)});
  define({kPower + p::kCapabilities, 2},
         {.value = config_bits(p::capabilities::Version.set(0, p::capabilities::kVersion))});
  define({kPower + p::kControl, 2},
         {.value = config_mask(p::control::NoSoftReset), .writable = config_mask(p::control::PowerState)});
}

void ConfigSpace::define_extended() {
  namespace c = px::pasid::capability;
  define({kPasid, 4}, {.value = extended_header(px::pasid::kId, kAts)});
  define({kPasid + px::pasid::kCapability, 2},
         {.value = config_bits(c::MaxPasidWidth.set(0, kMaxPasidWidth)) | config_mask(c::ExecutePermission) |
                   config_mask(c::PrivilegedMode)});
  define({kPasid + px::pasid::kControl, 2}, {.writable = config_mask(px::pasid::control::Enable) |
                                                         config_mask(px::pasid::control::ExecutePermission) |
                                                         config_mask(px::pasid::control::PrivilegedMode)});

  // Invalidate Queue Depth: 0 stands for 32 (10.5.1.2).
  define({kAts, 4}, {.value = extended_header(px::ats::kId, kPri)});
  define({kAts + px::ats::kCapability, 2},
         {.value = config_bits(px::ats::capability::InvalidateQueueDepth.set(0, kInvalidateQueueDepth % 32)) |
                   config_mask(px::ats::capability::PageAlignedRequest) |
                   config_mask(px::ats::capability::GlobalInvalidate)});
  define({kAts + px::ats::kControl, 2},
         {.writable = config_mask(px::ats::control::Enable) | config_mask(px::ats::control::STU)});

  namespace status = px::pri::status;
  define({kPri, 4}, {.value = extended_header(px::pri::kId, 0)});
  define({kPri + px::pri::kControl, 2},
         {.writable = config_mask(px::pri::control::Enable) | config_mask(px::pri::control::Reset)});
  define({kPri + px::pri::kStatus, 2},
         {.value = config_mask(status::Stopped) |
                   (pri_.prg_response_pasid_required ? config_mask(status::PrgResponsePasidRequired) : 0),
          .write_one_clears =
              config_mask(status::ResponseFailure) | config_mask(status::UnexpectedPageRequestGroupIndex)});
  define({kPri + px::pri::kCapacity, 4}, {.value = pri_.capacity});
  define({kPri + px::pri::kAllocation, 4}, {.writable = 0xFFFF'FFFF});
}

// Functions of a device with several need Access Control Services (6.12.1.2); as none of them reaches another without
// going up the link, there is nothing to control.
void ConfigSpace::set_multi_function() {
  constexpr u8 kMultiFunction = 0x80;  // 7.5.1.1.9
  fix({px::header::kHeaderType, 1}, kMultiFunction);
  fix({kPri, 4}, extended_header(px::pri::kId, kAcs));
  fix({kAcs, 4}, extended_header(px::acs::kId, 0));
}

}  // namespace smmu_vp::pcie

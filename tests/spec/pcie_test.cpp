// PCI Express layouts against the Base Specification's figures.
#include "tlm/spec/pcie.h"

#include <doctest/doctest.h>

#include "tests/support/config_space.h"

namespace smmu_vp::spec::pcie {
namespace {

TEST_CASE("a requester ID is bus, device, function, and finds its configuration space") {
  constexpr u16 kId = 0x3AD5;  // 3a:1a.5
  CHECK(bdf::Bus.get(u64{kId}) == 0x3A);
  CHECK(bdf::Device.get(u64{kId}) == 0x1A);
  CHECK(bdf::Function.get(u64{kId}) == 5);
  CHECK(ecam_offset(kId) == 0x03AD5000);
}

TEST_CASE("an extended capability header is ID, version, next") {
  constexpr u64 kHeader = 0x1481001B;  // PASID, version 1, next at 0x148
  CHECK(extcap::Id.get(kHeader) == pasid::kId);
  CHECK(extcap::Version.get(kHeader) == 1);
  CHECK(extcap::Next.get(kHeader) == 0x148);
}

TEST_CASE("PASID, ATS and PRI registers decode") {
  CHECK(pasid::capability::MaxPasidWidth.get(u64{0x1406}) == 20);
  CHECK(pasid::capability::ExecutePermission.get(u64{0x1406}) == 1);
  CHECK(pasid::capability::PrivilegedMode.get(u64{0x1406}) == 1);
  CHECK(pasid::control::Enable.get(u64{0x0001}) == 1);

  CHECK(ats::capability::InvalidateQueueDepth.get(u64{0x0060}) == 0);
  CHECK(ats::capability::PageAlignedRequest.get(u64{0x0020}) == 1);
  CHECK(ats::capability::GlobalInvalidate.get(u64{0x0040}) == 1);
  CHECK(ats::control::Enable.get(u64{0x8004}) == 1);
  CHECK(ats::control::STU.get(u64{0x8004}) == 4);

  CHECK(pri::control::Enable.mask() == 0x0001);
  CHECK(pri::control::Reset.mask() == 0x0002);
  CHECK(pri::status::ResponseFailure.mask() == 0x0001);
  CHECK(pri::status::UnexpectedPageRequestGroupIndex.mask() == 0x0002);
  CHECK(pri::status::Stopped.mask() == 0x0100);
  CHECK(pri::status::PrgResponsePasidRequired.mask() == 0x8000);
}

TEST_CASE("capability IDs and register offsets are those of the specification") {
  CHECK(express::kId == 0x10);
  CHECK(express::kDeviceControl == 0x08);
  CHECK(express::kDeviceControl2 == 0x28);
  CHECK(express::kRootControl == 0x1C);
  CHECK(express::kLinkCapabilities2 == 0x2C);
  CHECK(express::kLinkControl2 == 0x30);
  CHECK(bridge::kControl == 0x3E);
  CHECK(msi::kId == 0x05);
  CHECK(msi::kUpperAddress == 0x08);
  CHECK(msi::kData == 0x0C);
  CHECK(acs::kId == 0x0D);
  CHECK(acs::kControl == 0x06);
  CHECK(msix::kId == 0x11);
  CHECK(pasid::kId == 0x1B);
  CHECK(pasid::kControl == 0x06);
  CHECK(ats::kId == 0x0F);
  CHECK(ats::kControl == 0x06);
  CHECK(pri::kId == 0x13);
  CHECK(pri::kStatus == 0x06);
  CHECK(pri::kCapacity == 0x08);
  CHECK(pri::kAllocation == 0x0C);
  CHECK(header::kBar0 == 0x10);
  CHECK(header::kCapabilitiesPointer == 0x34);
}

TEST_CASE("configuration fields are on the bits of their figures") {
  CHECK(header::command::MemorySpaceEnable.mask() == 0x0002);
  CHECK(header::command::BusMasterEnable.mask() == 0x0004);
  CHECK(header::command::InterruptDisable.mask() == 0x0400);
  CHECK(header::status::CapabilitiesList.mask() == 0x0010);
  CHECK(header::bar::Type.set(0, header::bar::kType64) == 0x00000004);
  CHECK(header::bar::Prefetchable.mask() == 0x00000008);
  CHECK(header::bar::Address.mask() == 0xFFFFFFF0);
  CHECK(cap::Id.mask() == 0x00FF);
  CHECK(cap::Next.mask() == 0xFF00);
  CHECK(express::capabilities::Version.mask() == 0x000F);
  CHECK(express::capabilities::DevicePortType.set(0, express::capabilities::kRootPort) == 0x0040);
  CHECK(express::device_capabilities::MaxPayloadSize.mask() == 0x00000007);
  CHECK(express::device_capabilities::ExtendedTag.mask() == 0x00000020);
  CHECK(express::device_capabilities::RoleBasedErrorReporting.mask() == 0x00008000);
  CHECK(express::device_capabilities::FunctionLevelReset.mask() == 0x10000000);
  CHECK(express::device_control::ExtendedTag.mask() == 0x0100);
  CHECK(express::device_control::MaxPayloadSize.mask() == 0x00E0);
  CHECK(express::device_status::TransactionsPending.mask() == 0x0020);
  CHECK(express::link_status::Speed.mask() == 0x000F);
  CHECK(express::link_status::Width.mask() == 0x03F0);
  CHECK(express::device_capabilities2::EndEndTlpPrefix.mask() == 0x00200000);
  CHECK(express::capabilities::DevicePortType.set(0, express::capabilities::kIntegratedEndpoint) == 0x0090);
  CHECK(express::device_control::ErrorReporting.mask() == 0x000F);
  CHECK(express::device_capabilities2::CompletionTimeoutDisable.mask() == 0x00000010);
  CHECK(express::device_control2::CompletionTimeoutDisable.mask() == 0x0010);
  CHECK(express::link_capabilities::MaxSpeed.mask() == 0x0000000F);
  CHECK(express::link_capabilities::MaxWidth.mask() == 0x000003F0);
  CHECK(express::link_capabilities::DataLinkLayerLinkActiveReporting.mask() == 0x00100000);
  CHECK(express::link_capabilities::BandwidthNotification.mask() == 0x00200000);
  CHECK(express::link_capabilities::AspmOptionalityCompliance.mask() == 0x00400000);
  CHECK(express::link_capabilities::PortNumber.mask() == 0xFF000000);
  CHECK(express::link_control::ReadCompletionBoundary.mask() == 0x0008);
  CHECK(express::link_control::RetrainLink.mask() == 0x0020);
  CHECK(express::link_control::CommonClock.mask() == 0x0040);
  CHECK(express::link_control::ExtendedSynch.mask() == 0x0080);
  CHECK(express::link_control::BandwidthManagementInterrupt.mask() == 0x0400);
  CHECK(express::link_control::AutonomousBandwidthInterrupt.mask() == 0x0800);
  CHECK(express::link_status::SlotClock.mask() == 0x1000);
  CHECK(express::link_status::DataLinkLayerLinkActive.mask() == 0x2000);
  CHECK(express::link_status::BandwidthManagement.mask() == 0x4000);
  CHECK(express::link_status::AutonomousBandwidth.mask() == 0x8000);
  CHECK(express::link_capabilities2::SupportedSpeeds.mask() == 0x000000FE);
  CHECK(express::link_control2::TargetSpeed.mask() == 0x000F);
  CHECK(express::root_control::SystemErrors.mask() == 0x0007);
  CHECK(express::root_control::PmeInterrupt.mask() == 0x0008);
  CHECK(header::command::ParityErrorResponse.mask() == 0x0040);
  CHECK(header::command::SerrEnable.mask() == 0x0100);
  CHECK(header::status::InterruptStatus.mask() == 0x0008);
  CHECK(bridge::control::ParityErrorResponse.mask() == 0x0001);
  CHECK(bridge::control::SerrEnable.mask() == 0x0002);
  CHECK(msi::control::Enable.mask() == 0x0001);
  CHECK(msi::control::MultipleMessageEnable.mask() == 0x0070);
  CHECK(msi::control::Address64.mask() == 0x0080);
  CHECK(msi::Address.mask() == 0xFFFFFFFC);
  CHECK(acs::SourceValidation.mask() == 0x0001);
  CHECK(acs::RequestRedirect.mask() == 0x0004);
  CHECK(acs::CompletionRedirect.mask() == 0x0008);
  CHECK(acs::UpstreamForwarding.mask() == 0x0010);
  CHECK(msix::control::TableSize.mask() == 0x07FF);
  CHECK(msix::control::FunctionMask.mask() == 0x4000);
  CHECK(msix::control::Enable.mask() == 0x8000);
  CHECK(msix::Bir.mask() == 0x00000007);
  CHECK(msix::Offset.mask() == 0xFFFFFFF8);
  CHECK(msix::EntryMask.mask() == 0x00000001);
  CHECK(pasid::capability::ExecutePermission.mask() == 0x0002);
  CHECK(pasid::capability::PrivilegedMode.mask() == 0x0004);
  CHECK(pasid::control::ExecutePermission.mask() == 0x0002);
  CHECK(pasid::control::PrivilegedMode.mask() == 0x0004);
}

TEST_CASE("other tests name offsets and bits of configuration space as the specification has them") {
  namespace pci = test::pci;
  CHECK(pci::COMMAND == header::kCommand);
  CHECK(pci::STATUS == header::kStatus);
  CHECK(pci::BAR0 == header::kBar0);
  CHECK(pci::BAR1 == header::kBar0 + 4);
  CHECK(pci::CAPABILITIES == header::kCapabilitiesPointer);
  CHECK(pci::kMemorySpace == header::command::MemorySpaceEnable.mask());
  CHECK(pci::kBusMaster == header::command::BusMasterEnable.mask());
  CHECK(pci::kCapabilitiesList == header::status::CapabilitiesList.mask());
  CHECK(pci::express::DEVICE_CONTROL == express::kDeviceControl);
  CHECK(pci::msix::MESSAGE_CONTROL == msix::kControl);
  CHECK(pci::msix::kEnable == msix::control::Enable.mask());
  CHECK(pci::pasid::CONTROL == pasid::kControl);
  CHECK(pci::pasid::kEnable == pasid::control::Enable.mask());
  CHECK(pci::ats::CONTROL == ats::kControl);
  CHECK(pci::ats::kPageAligned == ats::capability::PageAlignedRequest.mask());
  CHECK(pci::ats::kEnable == ats::control::Enable.mask());
  CHECK(pci::pri::CONTROL == pri::kControl);
  CHECK(pci::pri::STATUS == pri::kStatus);
  CHECK(pci::pri::CAPACITY == pri::kCapacity);
  CHECK(pci::pri::ALLOCATION == pri::kAllocation);
  CHECK(pci::pri::kEnable == pri::control::Enable.mask());
  CHECK(pci::pri::kReset == pri::control::Reset.mask());
  CHECK(pci::pri::kResponseFailure == pri::status::ResponseFailure.mask());
  CHECK(pci::pri::kUnexpectedGroup == pri::status::UnexpectedPageRequestGroupIndex.mask());
  CHECK(pci::pri::kStopped == pri::status::Stopped.mask());
  CHECK(pci::pri::kResponseNeedsPasid == pri::status::PrgResponsePasidRequired.mask());
}

TEST_CASE("device control holds payload and read request sizes") {
  constexpr u64 kControl = 0x2810;  // 512-byte reads, 128-byte payloads, no snoop, relaxed ordering
  CHECK(express::device_control::MaxReadRequestSize.get(kControl) == 2);
  CHECK(express::device_control::MaxPayloadSize.get(kControl) == 0);
  CHECK(express::device_control::NoSnoop.get(kControl) == 1);
  CHECK(express::device_control::RelaxedOrdering.get(kControl) == 1);
  CHECK(express::device_control::InitiateFunctionLevelReset.mask() == 0x8000);
}

TEST_CASE("a translation completion entry decodes") {
  constexpr u64 kEntry = 0x00000008812FF82B;  // 2 MB at 0x8_8120_0000: S, global, execute, write, read
  CHECK(translation::S.get(kEntry) == 1);
  CHECK(translation::N.get(kEntry) == 0);
  CHECK(translation::Global.get(kEntry) == 1);
  CHECK(translation::Priv.get(kEntry) == 0);
  CHECK(translation::Exe.get(kEntry) == 1);
  CHECK(translation::U.get(kEntry) == 0);
  CHECK(translation::W.get(kEntry) == 1);
  CHECK(translation::R.get(kEntry) == 1);
  CHECK(size_log2(translation::Address.in_place(kEntry), true) == 21);
  CHECK(translation::Address.mask() == 0xFFFFFFFFFFFFF000);
  CHECK(translation::S.mask() == 0x800);
  CHECK(translation::R.mask() == 0x001);
}

TEST_CASE("sizes are coded by the lowest clear address bit") {
  CHECK(size_log2(0x81234000, false) == 12);
  CHECK(size_log2(0x81234000, true) == 13);
  CHECK(size_log2(0x81231000, true) == 14);
  CHECK(size_log2(0x7FFFFFFFFFFFF000, true) == 64);

  CHECK(size_address(0x81235678, 12) == 0x81235000);
  CHECK(size_address(0x81235678, 13) == 0x81234000);
  CHECK(size_address(0x81235678, 14) == 0x81235000);
  CHECK(size_address(0x81235678, 21) == 0x812FF000);
  CHECK(size_address(0x81235678, 64) == 0x7FFFFFFFFFFFF000);
}

TEST_CASE("every size survives its coding") {
  for (unsigned log2 = 13; log2 <= 64; ++log2)
    CHECK(size_log2(size_address(0xA5A5A5A5A5A5A000, log2), true) == log2);
}

TEST_CASE("messages have the fields that their figures show") {
  constexpr u64 kPageRequest = 0x0000000881234D2E;  // page 0x8_8123_4000, group 0x1A5, last, write
  CHECK(page_request::Address.in_place(kPageRequest) == 0x881234000);
  CHECK(page_request::PRGIndex.get(kPageRequest) == 0x1A5);
  CHECK(page_request::L.get(kPageRequest) == 1);
  CHECK(page_request::W.get(kPageRequest) == 1);
  CHECK(page_request::R.get(kPageRequest) == 0);
  CHECK(page_request::Address.mask() == 0xFFFFFFFFFFFFF000);
  CHECK(page_request::L.mask() == 0x4);
  CHECK(page_request::W.mask() == 0x2);
  CHECK(page_request::R.mask() == 0x1);
  CHECK(prg_response::Code.get(u64{0xF1A5}) == 0xF);
  CHECK(prg_response::PRGIndex.get(u64{0xF1A5}) == 0x1A5);
  CHECK(prefix::Pasid.get(u64{0x91C54321}) == 0x54321);
  CHECK(prefix::ExecuteRequested.mask() == 0x00400000);
  CHECK(prefix::PrivilegedModeRequested.mask() == 0x00800000);
  CHECK(invalidate::Global.mask() == 0x001);
  CHECK(invalidate::S.mask() == 0x800);
  CHECK(invalidate::Address.mask() == 0xFFFFFFFFFFFFF000);
  CHECK(NoWrite.mask() == 1);
}

TEST_CASE("the codes on the wire are the specification's") {
  CHECK(static_cast<unsigned>(At::kUntranslated) == 0);
  CHECK(static_cast<unsigned>(At::kTranslationRequest) == 1);
  CHECK(static_cast<unsigned>(At::kTranslated) == 2);
  CHECK(static_cast<unsigned>(Status::kSuccess) == 0);
  CHECK(static_cast<unsigned>(Status::kUnsupportedRequest) == 1);
  CHECK(static_cast<unsigned>(Status::kCompleterAbort) == 4);
  CHECK(static_cast<unsigned>(Message::kInvalidateRequest) == 1);
  CHECK(static_cast<unsigned>(Message::kInvalidateCompletion) == 2);
  CHECK(static_cast<unsigned>(Message::kPageRequest) == 4);
  CHECK(static_cast<unsigned>(Message::kPrgResponse) == 5);
}

TEST_CASE("a TLP's overhead is its header and eight bytes of framing") {
  CHECK(kHeader4Dw + kFraming == 24);  // memory requests with 64-bit addresses
  CHECK(kHeader3Dw + kFraming == 20);  // completions
}

}  // namespace
}  // namespace smmu_vp::spec::pcie

// PCI Express: configuration space layouts, TLP and message fields that the endpoint, the port and the driver
// share. Section names are those of the PCI Express Base Specification (7.5, 7.8, 7.7: configuration; 10: ATS
// and PRI).
#pragma once

#include <string_view>

#include "tlm/spec/field.h"

namespace smmu_vp::spec::pcie {

// Requester IDs: bus, device, function; also the low 16 bits of the StreamID (SMMU manual, 8).
namespace bdf {
inline constexpr Field Bus{15, 8};
inline constexpr Field Device{7, 3};
inline constexpr Field Function{2, 0};
}  // namespace bdf

// ECAM: where a function's 4096 bytes are (7.2.2).
inline constexpr u32 kConfigBytes = 0x1000;
inline constexpr u32 kExtendedStart = 0x100;
constexpr u64 ecam_offset(u16 requester_id) {
  return u64{requester_id} << 12;
}

// Type 0 header (7.5.1).
namespace header {
inline constexpr u16 kVendorId = 0x00, kDeviceId = 0x02, kCommand = 0x04, kStatus = 0x06, kRevisionId = 0x08,
                     kClassCode = 0x09, kCacheLineSize = 0x0C, kHeaderType = 0x0E, kBar0 = 0x10,
                     kSubsystemVendorId = 0x2C, kSubsystemId = 0x2E, kCapabilitiesPointer = 0x34,
                     kInterruptLine = 0x3C, kInterruptPin = 0x3D;
inline constexpr unsigned kBars = 6;
namespace command {
inline constexpr Field MemorySpaceEnable{1, 1};
inline constexpr Field BusMasterEnable{2, 2};
inline constexpr Field ParityErrorResponse{6, 6};
inline constexpr Field SerrEnable{8, 8};
inline constexpr Field InterruptDisable{10, 10};
}  // namespace command
namespace status {
inline constexpr Field InterruptStatus{3, 3};
inline constexpr Field CapabilitiesList{4, 4};
}  // namespace status
inline constexpr u8 kIntA = 1;  // Interrupt Pin
namespace bar {
inline constexpr Field Type{2, 1};  // 0b10: 64 bits, takes the next BAR as its upper half
inline constexpr Field Prefetchable{3, 3};
inline constexpr Field Address{31, 4};
inline constexpr u64 kType64 = 0b10;
}  // namespace bar
// What a read of an absent function returns.
inline constexpr u16 kNoVendor = 0xFFFF;
}  // namespace header

// Type 1 header (7.5.1.3): a bridge's registers in place of most BARs.
namespace bridge {
inline constexpr u8 kHeaderType = 1;
inline constexpr u16 kPrimaryBus = 0x18, kSecondaryBus = 0x19, kSubordinateBus = 0x1A, kMemoryBase = 0x20,
                     kMemoryLimit = 0x22, kControl = 0x3E;
namespace control {
inline constexpr Field ParityErrorResponse{0, 0};
inline constexpr Field SerrEnable{1, 1};
inline constexpr Field SecondaryBusReset{6, 6};
}  // namespace control
inline constexpr Field MemoryAddress{15, 4};  // bits 31:20 of the window's first and last megabyte
inline constexpr u64 kWindowUnit = u64{1} << 20;
}  // namespace bridge

// Capability lists: two bytes of ID and pointer below 0x100, one word above.
namespace cap {
inline constexpr Field Id{7, 0};
inline constexpr Field Next{15, 8};
}  // namespace cap
namespace extcap {
inline constexpr Field Id{15, 0};
inline constexpr Field Version{19, 16};
inline constexpr Field Next{31, 20};
}  // namespace extcap

// PCI Express capability (7.5.3), offsets from its start.
namespace express {
inline constexpr u8 kId = 0x10;
inline constexpr u16 kCapabilities = 0x02, kDeviceCapabilities = 0x04, kDeviceControl = 0x08,
                     kDeviceStatus = 0x0A, kLinkCapabilities = 0x0C, kLinkControl = 0x10, kLinkStatus = 0x12,
                     kRootControl = 0x1C, kDeviceCapabilities2 = 0x24, kDeviceControl2 = 0x28,
                     kLinkCapabilities2 = 0x2C, kLinkControl2 = 0x30, kBytes = 0x3C;
namespace capabilities {
inline constexpr Field Version{3, 0};
inline constexpr Field DevicePortType{7, 4};
inline constexpr u64 kEndpoint = 0b0000, kRootPort = 0b0100, kIntegratedEndpoint = 0b1001;
}  // namespace capabilities
namespace device_capabilities {
inline constexpr Field MaxPayloadSize{2, 0};  // 128 bytes << value
inline constexpr Field ExtendedTag{5, 5};
inline constexpr Field RoleBasedErrorReporting{15, 15};
inline constexpr Field FunctionLevelReset{28, 28};
}  // namespace device_capabilities
namespace device_control {
inline constexpr Field ErrorReporting{3, 0};  // correctable, non-fatal, fatal errors, unsupported requests
inline constexpr Field RelaxedOrdering{4, 4};
inline constexpr Field MaxPayloadSize{7, 5};
inline constexpr Field ExtendedTag{8, 8};
inline constexpr Field NoSnoop{11, 11};
inline constexpr Field MaxReadRequestSize{14, 12};  // 128 bytes << value
inline constexpr Field InitiateFunctionLevelReset{15, 15};
}  // namespace device_control
namespace device_status {
inline constexpr Field TransactionsPending{5, 5};
}
namespace link_capabilities {
inline constexpr Field MaxSpeed{3, 0};
inline constexpr Field MaxWidth{9, 4};
inline constexpr Field DataLinkLayerLinkActiveReporting{20, 20};
inline constexpr Field BandwidthNotification{21, 21};
inline constexpr Field AspmOptionalityCompliance{22, 22};
inline constexpr Field PortNumber{31, 24};
}  // namespace link_capabilities
namespace link_control {
inline constexpr Field ReadCompletionBoundary{3, 3};
inline constexpr Field RetrainLink{5, 5};
inline constexpr Field CommonClock{6, 6};
inline constexpr Field ExtendedSynch{7, 7};
inline constexpr Field BandwidthManagementInterrupt{10, 10};
inline constexpr Field AutonomousBandwidthInterrupt{11, 11};
}  // namespace link_control
namespace link_status {
inline constexpr Field Speed{3, 0};
inline constexpr Field Width{9, 4};
inline constexpr Field SlotClock{12, 12};
inline constexpr Field DataLinkLayerLinkActive{13, 13};
inline constexpr Field BandwidthManagement{14, 14};
inline constexpr Field AutonomousBandwidth{15, 15};
}  // namespace link_status
namespace link_capabilities2 {
inline constexpr Field SupportedSpeeds{7, 1};
}
namespace link_control2 {
inline constexpr Field TargetSpeed{3, 0};
}
namespace root_control {
inline constexpr Field SystemErrors{2, 0};
inline constexpr Field PmeInterrupt{3, 3};
}  // namespace root_control
namespace device_control2 {
inline constexpr Field CompletionTimeoutDisable{4, 4};
}
namespace device_capabilities2 {
inline constexpr Field CompletionTimeoutDisable{4, 4};
inline constexpr Field EndEndTlpPrefix{21, 21};
}  // namespace device_capabilities2
}  // namespace express

// MSI capability with a 64-bit address and no masks (7.7.1).
namespace msi {
inline constexpr u8 kId = 0x05;
inline constexpr u16 kControl = 0x02, kAddress = 0x04, kUpperAddress = 0x08, kData = 0x0C, kBytes = 0x0E;
namespace control {
inline constexpr Field Enable{0, 0};
inline constexpr Field MultipleMessageEnable{6, 4};
inline constexpr Field Address64{7, 7};
}  // namespace control
inline constexpr Field Address{31, 2};
}  // namespace msi

// MSI-X capability (7.7.2).
namespace msix {
inline constexpr u8 kId = 0x11;
inline constexpr u16 kControl = 0x02, kTable = 0x04, kPba = 0x08, kBytes = 0x0C;
namespace control {
inline constexpr Field TableSize{10, 0};  // entries less one
inline constexpr Field FunctionMask{14, 14};
inline constexpr Field Enable{15, 15};
}  // namespace control
inline constexpr Field Bir{2, 0};
inline constexpr Field Offset{31, 3};
// A table entry.
inline constexpr u32 kEntryBytes = 16, kEntryAddress = 0, kEntryData = 8, kEntryControl = 12;
inline constexpr Field EntryMask{0, 0};
}  // namespace msix

// Access Control Services extended capability (7.7.8): the same bits in Capability and Control.
namespace acs {
inline constexpr u16 kId = 0x0D, kCapability = 0x04, kControl = 0x06, kBytes = 0x08;
inline constexpr Field SourceValidation{0, 0};
inline constexpr Field RequestRedirect{2, 2};
inline constexpr Field CompletionRedirect{3, 3};
inline constexpr Field UpstreamForwarding{4, 4};
}  // namespace acs

// PASID extended capability (7.8.9).
namespace pasid {
inline constexpr u16 kId = 0x1B, kCapability = 0x04, kControl = 0x06, kBytes = 0x08;
namespace capability {
inline constexpr Field ExecutePermission{1, 1};
inline constexpr Field PrivilegedMode{2, 2};
inline constexpr Field MaxPasidWidth{12, 8};
}  // namespace capability
namespace control {
inline constexpr Field Enable{0, 0};
inline constexpr Field ExecutePermission{1, 1};
inline constexpr Field PrivilegedMode{2, 2};
}  // namespace control
}  // namespace pasid

// ATS extended capability (10.5.1).
namespace ats {
inline constexpr u16 kId = 0x0F, kCapability = 0x04, kControl = 0x06, kBytes = 0x08;
namespace capability {
inline constexpr Field InvalidateQueueDepth{4, 0};  // 0 means 32
inline constexpr Field PageAlignedRequest{5, 5};
inline constexpr Field GlobalInvalidate{6, 6};
}  // namespace capability
namespace control {
inline constexpr Field STU{4, 0};  // smallest translation unit: 4096 bytes << value
inline constexpr Field Enable{15, 15};
}  // namespace control
}  // namespace ats

// Page Request extended capability (10.5.2).
namespace pri {
inline constexpr u16 kId = 0x13, kControl = 0x04, kStatus = 0x06, kCapacity = 0x08, kAllocation = 0x0C,
                     kBytes = 0x10;
namespace control {
inline constexpr Field Enable{0, 0};
inline constexpr Field Reset{1, 1};
}  // namespace control
namespace status {
inline constexpr Field ResponseFailure{0, 0};
inline constexpr Field UnexpectedPageRequestGroupIndex{1, 1};
inline constexpr Field Stopped{8, 8};
inline constexpr Field PrgResponsePasidRequired{15, 15};
}  // namespace status
}  // namespace pri

// Memory requests: the AT field (10.2.1).
enum class At : u8 { kUntranslated = 0b00, kTranslationRequest = 0b01, kTranslated = 0b10 };

constexpr std::string_view to_string(At at) {
  switch (at) {
    case At::kUntranslated:
      return "untranslated";
    case At::kTranslationRequest:
      return "translation_request";
    case At::kTranslated:
      return "translated";
  }
  return "?";
}

// Completion status (2.2.9).
enum class Status : u8 { kSuccess = 0b000, kUnsupportedRequest = 0b001, kCompleterAbort = 0b100 };

// The PASID prefix's word, byte 0 in [31:24] (6.20).
namespace prefix {
inline constexpr Field Pasid{19, 0};
inline constexpr Field ExecuteRequested{22, 22};
inline constexpr Field PrivilegedModeRequested{23, 23};
inline constexpr unsigned kPasidBits = 20;
}  // namespace prefix

// No Write of a Translation Request (10.2.2); this is bit 0 of the address field's last byte.
inline constexpr Field NoWrite{0, 0};

// One translation of a Translation Completion (10.2.3).
namespace translation {
inline constexpr Field Address{63, 12};
inline constexpr Field S{11, 11};
inline constexpr Field N{10, 10};
inline constexpr Field Global{5, 5};
inline constexpr Field Priv{4, 4};
inline constexpr Field Exe{3, 3};
inline constexpr Field U{2, 2};
inline constexpr Field W{1, 1};
inline constexpr Field R{0, 0};
inline constexpr unsigned kBytes = 8;
}  // namespace translation

// Sizes of Translation Completions and Invalidate Requests (10.2.3.2, 10.3.1): with S clear, 4096 bytes. With
// S set, the lowest clear bit n of the address, from 12 upwards, says 2^(n+1) bytes.
constexpr unsigned size_log2(u64 address, bool s) {
  if (!s) return 12;
  unsigned n = 12;
  while (n < 63 && (address >> n & 1) != 0) ++n;
  return n + 1;
}
// The address field for an aligned range of 2^log2 bytes, 12 <= log2 <= 64.
constexpr u64 size_address(u64 address, unsigned log2) {
  u64 below = log2 >= 64 ? ~u64{0} : (u64{1} << log2) - 1;
  u64 ones = log2 > 13 ? (below >> 1) & ~u64{0xFFF} : 0;
  return (address & ~below) | ones;
}

// Invalidate Request's payload (10.3.1).
namespace invalidate {
inline constexpr Field Address{63, 12};
inline constexpr Field S{11, 11};
inline constexpr Field Global{0, 0};
inline constexpr unsigned kTags = 32;
inline constexpr unsigned kMaxCompletions = 8;  // the Completion Count field's 0 means 8
}  // namespace invalidate

// Page Request message's last two words (10.4.1).
namespace page_request {
inline constexpr Field Address{63, 12};
inline constexpr Field PRGIndex{11, 3};
inline constexpr Field L{2, 2};
inline constexpr Field W{1, 1};
inline constexpr Field R{0, 0};
}  // namespace page_request

// PRG Response message (10.4.2).
namespace prg_response {
inline constexpr Field Code{15, 12};
inline constexpr Field PRGIndex{8, 0};
}  // namespace prg_response

// Message codes (2.2.8).
enum class Message : u8 {
  kInvalidateRequest = 0x01,
  kInvalidateCompletion = 0x02,
  kPageRequest = 0x04,
  kPrgResponse = 0x05,
};

// What one TLP costs on the wire besides its payload (2.2, 3.5, 4.2).
inline constexpr unsigned kHeader3Dw = 12;  // completions; requests below 4 GB
inline constexpr unsigned kHeader4Dw = 16;  // requests above 4 GB; messages
inline constexpr unsigned kPasidPrefix = 4;
inline constexpr unsigned kFraming = 8;  // start of packet, sequence number and LCRC
inline constexpr u64 kFourGigabytes = u64{1} << 32;
inline constexpr unsigned kReadCompletionBoundary = 64;

}  // namespace smmu_vp::spec::pcie

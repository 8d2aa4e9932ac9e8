// What a device's memory request carries besides the TLM-2.0 generic payload, and what its response returns.
// The same extension travels from the endpoint through link, root port and SMMU to memory.
#pragma once

#include <array>
#include <systemc>
#include <tlm>

#include "tlm/spec/access.h"
#include "tlm/spec/ats.h"
#include "tlm/spec/pcie.h"
#include "tlm/transport/attributes.h"

namespace smmu_vp::transport {

using AddressType = spec::pcie::At;
using spec::AtsTranslation;
using spec::DmaStatus;

// The further translations of a completion that was asked for several: adjacent ascending ranges of the first
// one's size (PCIe 10.2.3). Eight translations fill a read completion boundary.
struct AtsFollowing {
  static constexpr unsigned kMost = 7;
  std::array<AtsTranslation, kMost> entries{};
  u8 count = 0;
};

// Returned with the response.
struct DmaAnswer {
  DmaStatus status = DmaStatus::kSuccess;
  AtsTranslation translation = {};  // answer to a Translation Request with status kSuccess
  AtsFollowing following = {};
  Attributes attributes = {};  // with which the access left the SMMU; of its last part, if it was split
  bool ok() const { return status == DmaStatus::kSuccess; }
};

struct DmaExtension : tlm::tlm_extension<DmaExtension>, DmaAnswer {
  spec::Requester who{};  // for PCIe functions the root port derives the StreamID from the RequesterID
  bool exec = false, priv = false;
  spec::MemoryType memory_type{};  // as the device's bus supplies it
  AddressType at = AddressType::kUntranslated;
  bool no_write = false;      // translation request's NW
  u8 translations_asked = 1;  // translation requests: the most that the completion may hold, 1..8
  u64 transaction = 0;        // the number that the SMMU assigned, also in its start and end facts
  u8 smmu = 0;                // the SMMU that assigned it

  tlm::tlm_extension_base* clone() const override { return new DmaExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const DmaExtension&>(other);
  }
};

// Of an access on its way from an SMMU to memory; nothing if it carries none, as a processor's.
inline std::optional<Attributes> attributes_of(const tlm::tlm_generic_payload& payload) {
  if (const auto* const device = payload.get_extension<DmaExtension>()) return device->attributes;
  if (const auto* const own = payload.get_extension<AttributesExtension>()) return *own;
  return std::nullopt;
}

}  // namespace smmu_vp::transport

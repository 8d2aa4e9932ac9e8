// What a device's memory request carries beside the TLM-2.0 generic payload, and what comes back with its
// response. The same extension rides from the endpoint through link, root port and SMMU to memory.
#pragma once

#include <array>
#include <systemc>
#include <tlm>

#include "tlm/spec/types.h"

namespace smmu_vp::transport {

enum class AddressType : u8 { kUntranslated = 0, kTranslationRequest = 1, kTranslated = 2 };  // PCIe AT[1:0]

// PCIe completion status; a posted write that is aborted reports here too, since the model's writes block.
enum class DmaStatus : u8 {
  kSuccess,
  kUnsupportedRequest,
  kCompleterAbort,
  kAborted /* platform bus abort */
};

// One translation in an ATS completion. R = W = 0 means "no access now; a page request may help".
struct AtsTranslation {
  u64 address = 0;    // translated address of the first byte of the range
  u8 log2_size = 12;  // bytes
  bool read = false, write = false, exec = false, priv = false, global = false;
  bool untranslated_only = false;  // U
};

// What a completion that was asked for several translations holds behind the first: ranges of the first one's
// size, each next to the one before, upwards (PCIe 10.2.3). Eight translations fill a read completion
// boundary.
struct AtsFollowing {
  static constexpr unsigned kMost = 7;
  std::array<AtsTranslation, kMost> entries{};
  u8 count = 0;
};

struct DmaExtension : tlm::tlm_extension<DmaExtension> {
  // Request
  u32 stream_id = 0;  // set by the root port from the RequesterID for PCIe functions
  bool has_pasid = false;
  u32 pasid = 0;  // 20 bits
  bool exec = false, priv = false;
  AddressType at = AddressType::kUntranslated;
  bool no_write = false;      // translation request's NW
  u8 translations_asked = 1;  // translation requests: the completion may hold as many, 1..8
  // Response
  DmaStatus status = DmaStatus::kSuccess;
  AtsTranslation translation;  // answer to a translation request with status kSuccess
  AtsFollowing following;
  u64 transaction = 0;  // the SMMU's number for it: start and end facts carry the same

  tlm::tlm_extension_base* clone() const override { return new DmaExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const DmaExtension&>(other);
  }
};

}  // namespace smmu_vp::transport

// What a device's memory request carries beside the TLM-2.0 generic payload, and what comes back with its
// response. The same extension rides from the endpoint through link, root port and SMMU to memory.
#pragma once

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

struct DmaExtension : tlm::tlm_extension<DmaExtension> {
  // Request
  u32 stream_id = 0;  // set by the root port from the RequesterID for PCIe functions
  bool has_pasid = false;
  u32 pasid = 0;  // 20 bits
  bool exec = false, priv = false;
  AddressType at = AddressType::kUntranslated;
  bool no_write = false;  // translation request's NW
  // Response
  DmaStatus status = DmaStatus::kSuccess;
  AtsTranslation translation;  // answer to a translation request with status kSuccess
  u64 transaction = 0;         // the SMMU's number for it: start and end facts carry the same

  tlm::tlm_extension_base* clone() const override { return new DmaExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const DmaExtension&>(other);
  }
};

}  // namespace smmu_vp::transport

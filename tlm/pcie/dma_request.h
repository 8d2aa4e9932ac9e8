// One memory access or Translation Request as a device makes it, and its answer.
#pragma once

#include "tlm/transport/dma_extension.h"

namespace smmu_vp::pcie {

struct DmaRequest {
  transport::AddressType at = transport::AddressType::kUntranslated;
  bool has_pasid = false;
  u32 pasid = 0;
  bool exec = false, priv = false;
  bool no_write = false;  // Translation Requests only
  u8 translations = 1;    // Translation Requests only: how many are asked for
  bool write = false;
  u64 address = 0;
  void* data = nullptr;  // unused by Translation Requests
  unsigned bytes = 0;    // the access does not cross a 4 KB boundary
};

struct DmaAnswer {
  transport::DmaStatus status = transport::DmaStatus::kSuccess;
  transport::AtsTranslation translation = {};  // Translation Requests that succeeded
  transport::AtsFollowing following = {};
  bool ok() const { return status == transport::DmaStatus::kSuccess; }
};

// Names of a status in facts.
constexpr const char* access_status_name(transport::DmaStatus status) {
  using enum transport::DmaStatus;
  switch (status) {
    case kSuccess:
      return "ok";
    case kUnsupportedRequest:
      return "UR";
    case kCompleterAbort:
      return "CA";
    case kAborted:
      return "aborted";
  }
  return "aborted";
}
constexpr const char* access_kind_name(transport::AddressType at) {
  using enum transport::AddressType;
  switch (at) {
    case kUntranslated:
      return "untranslated";
    case kTranslationRequest:
      return "translation_request";
    case kTranslated:
      return "translated";
  }
  return "untranslated";
}

}  // namespace smmu_vp::pcie

// Raw traffic for scenarios and tests: one access of any kind, exactly as asked for, whatever the
// configuration of the device that sends it would allow.
#pragma once

#include <optional>

#include "tlm/transport/dma_extension.h"

namespace smmu_vp::pcie {

enum class InjectKind : u8 {
  kUntranslated,
  kTranslationRequest,
  kTranslated,   // `address` is the translated address
  kPageRequest,  // blocks for the answer when `last`
  kStopMarker,
  kViaAtc,  // as the device would: ATC, then ATS, then PRI if needed, then the access
};

struct Injection {
  InjectKind kind = InjectKind::kUntranslated;
  bool has_pasid = false;
  u32 pasid = 0;
  u64 address = 0;
  void* data = nullptr;  // accesses: `bytes` bytes, which may not cross a 4 KB boundary
  unsigned bytes = 0;
  bool write = false;  // page requests: the right asked for; read otherwise
  bool exec = false, priv = false;
  bool no_write = false;      // Translation Requests
  unsigned translations = 1;  // Translation Requests: 1..8
  u16 prg_index = 0;
  bool last = true;
};

struct InjectResult {
  transport::DmaStatus status = transport::DmaStatus::kSuccess;
  transport::AtsTranslation translation;  // Translation Requests
  transport::AtsFollowing following;
  std::optional<u8> response_code;  // page requests: the PRG Response, if there was one
  bool page_fault = false;          // kViaAtc: the page request was refused, so no access was made
  u64 latency_ps = 0;
};

}  // namespace smmu_vp::pcie

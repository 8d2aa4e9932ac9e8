// Raw traffic for scenarios and tests: a device sends one access exactly as requested, even if its own
// configuration would forbid it.
#pragma once

#include <optional>

#include "tlm/transport/dma_extension.h"

namespace smmu_vp::device {

enum class InjectKind : u8 {
  kUntranslated,
  kTranslationRequest,
  kTranslated,   // `address` is the translated address
  kPageRequest,  // blocks for the answer when `last`
  kStopMarker,
  kViaAtc,  // as the device itself would: ATC, then ATS, then PRI if needed, then the access
};

struct Injection {
  InjectKind kind = InjectKind::kUntranslated;
  std::optional<u32> pasid{};
  u64 address = 0;
  void* data = nullptr;  // accesses: `bytes` bytes, which may not cross a 4 KB boundary
  unsigned bytes = 0;
  // For an access: either read or write. A Translation Request without `write` sets NW. For a page request:
  // the rights requested.
  spec::Intent intent{.read = true};
  unsigned translations = 1;  // Translation Requests: 1..8
  u16 prg_index = 0;
  bool last = true;
};

struct InjectResult : transport::DmaAnswer {
  std::optional<u8> response_code;  // page requests: the PRG Response, if there was one
  bool page_fault = false;          // kViaAtc: the page request was refused, so no access was made
  u64 latency_ps = 0;
};

}  // namespace smmu_vp::device

// What the SMMU does with a Page Request: queue it, answer it itself, or drop it (chapter 8).
#pragma once

#include <optional>

#include "tlm/spec/pri.h"

namespace smmu_vp::core {

// A Page Request message as it arrives.
struct PageRequestMessage {
  u32 sid = 0;
  bool ssv = false;
  u32 ssid = 0;
  u64 address = 0;
  u16 prg_index = 0;
  bool read = false, write = false, exec = false, priv = false, last = false;
  // Came with a PASID, whether the SMMU has any, and with LWR 0b100.
  bool stop_marker = false;
};

spec::PageRequest page_request_record(const PageRequestMessage& message);

// An automatic PRG Response. `with_pasid` repeats the request's PASID.
struct AutoResponse {
  spec::ResponseCode code = spec::ResponseCode::kResponseFailure;
  bool with_pasid = false;
};

// The queue is disabled, or its abort error is active, or its write just aborted (8.2).
std::optional<AutoResponse> answer_when_unavailable(const PageRequestMessage& request);

// Whether an overflow leaves the request to be answered; only then is STE.PPAR looked at (8.1).
inline bool answered_on_overflow(const PageRequestMessage& request) {
  return request.last && !request.stop_marker;
}
// Overflow (8.1). `ste_ppar` is what checking STE.PPAR found, nothing when the STE could not be had; it
// matters only for a request with a PASID.
std::optional<AutoResponse> answer_on_overflow(const PageRequestMessage& request,
                                               std::optional<bool> ste_ppar);

}  // namespace smmu_vp::core

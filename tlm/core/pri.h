// What the SMMU does with a Page Request: queue it, answer it itself, or drop it (chapter 8).
#pragma once

#include <optional>

#include "tlm/spec/access.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::core {

// A Page Request message as it arrives.
struct PageRequestMessage {
  spec::Access asked{};  // who, which page, and the rights
  u16 prg_index = 0;
  bool last = false;
  // Came with a PASID (even if the SMMU supports none) and with LWR = 0b100.
  bool stop_marker = false;
};

spec::PageRequest page_request_record(const PageRequestMessage& message);

// An automatic PRG Response. `with_pasid` repeats the request's PASID.
struct AutoResponse {
  spec::ResponseCode code = spec::ResponseCode::kResponseFailure;
  bool with_pasid = false;
};

// For a queue that is disabled, has an active abort error, or whose write just aborted (8.2).
std::optional<AutoResponse> answer_when_unavailable(const PageRequestMessage& request);

// Whether an overflow makes the SMMU answer the request; only then is STE.PPAR read (8.1).
inline bool answered_on_overflow(const PageRequestMessage& request) {
  return request.last && !request.stop_marker;
}
// On overflow (8.1). `ste_ppar` is the value of STE.PPAR, or nothing when the STE could not be fetched; it
// only matters for a request with a PASID.
std::optional<AutoResponse> answer_on_overflow(const PageRequestMessage& request,
                                               std::optional<bool> ste_ppar);

}  // namespace smmu_vp::core

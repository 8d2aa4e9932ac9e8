// Event records built field by field from what happened (7.3).
#pragma once

#include <optional>

#include "tlm/core/fault.h"

namespace smmu_vp::core {

// `stag` is present when the transaction stalls.
spec::Event event_record(const Fault& fault, const Access& access, std::optional<u16> stag = std::nullopt);

// F_BAD_ATS_TREQ reports what the Translation Request asked for, before STE overrides (7.3.6).
struct TranslationRequestAsk {
  bool no_write = false, exec = false, priv = false;
};
spec::Event bad_translation_request(const Access& access, const TranslationRequestAsk& ask);

}  // namespace smmu_vp::core

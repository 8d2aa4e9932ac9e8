// Event records built field by field from what happened (7.3).
#pragma once

#include <optional>

#include "tlm/core/fault.h"
#include "tlm/spec/access.h"

namespace smmu_vp::core {

// `stag` is present when the transaction stalls.
spec::Event event_record(const Fault& fault, const spec::Access& access,
                         std::optional<u16> stag = std::nullopt);

// F_BAD_ATS_TREQ reports what the Translation Request asked for before STE overrides, and the number of
// translations it asked for (7.3.6).
spec::Event bad_translation_request(const spec::Access& asked, u8 translations);

// E_PAGE_REQUEST: a hint that a device will soon access `span` 4 KB pages from `hint.address` on (3.12.4.1,
// 7.3.19). `hint.intent.priv` gives the privilege level that the other intents refer to.
spec::Event page_hint(const spec::Access& hint, u8 span);

}  // namespace smmu_vp::core

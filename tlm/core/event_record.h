// Event records built field by field from what happened (7.3).
#pragma once

#include <optional>

#include "tlm/core/fault.h"

namespace smmu_vp::core {

// `stag` is present when the transaction stalls.
spec::Event event_record(const Fault& fault, const Access& access, std::optional<u16> stag = std::nullopt);

// F_BAD_ATS_TREQ reports what the Translation Request asked for, before STE overrides, and of how many
// translations (7.3.6).
spec::Event bad_translation_request(const Access& asked, u8 translations);

// E_PAGE_REQUEST: pages that a device expects to access soon (3.12.4.1, 7.3.19).
struct PageHint {
  u32 sid = 0;
  bool ssv = false;
  u32 ssid = 0;
  u64 address = 0;
  u8 span = 1;  // 4 KB pages
  bool read = false, write = false, exec = false;
  bool priv = false;  // for which level of privilege the three above are meant
};
spec::Event page_hint(const PageHint& hint);

}  // namespace smmu_vp::core

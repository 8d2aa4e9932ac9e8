// How each phase of a PASID's life treats each kind of traffic
// (docs/pasid_lifetime.md): expected and observed.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/pasid_lifetime.h"

namespace smmu_vp::tb {

enum class Traffic : u8 { kUntranslated, kStall, kTranslationRequest, kTranslated, kPageRequest };

inline constexpr Traffic kTraffic[] = {Traffic::kUntranslated, Traffic::kStall, Traffic::kTranslationRequest,
                                       Traffic::kTranslated, Traffic::kPageRequest};

constexpr std::string_view to_string(Traffic traffic) {
  switch (traffic) {
    case Traffic::kUntranslated:
      return "untranslated";
    case Traffic::kStall:
      return "stall";
    case Traffic::kTranslationRequest:
      return "translation_request";
    case Traffic::kTranslated:
      return "translated";
    case Traffic::kPageRequest:
      return "page_request";
  }
  return "?";
}

struct PhaseRow {
  u32 pasid = 0;
  spec::Phase phase = spec::Phase::kLive;
  u32 stream_id = 0;
  u64 t_ps = 0;  // when it began
  u64 address = 0;
  Traffic traffic = Traffic::kUntranslated;
  std::string what;                // the case within the cell
  std::string expected, observed;  // if not judged, `observed` says why
  bool judged = true;              // false: the case did not occur, or could not be checked
  bool ok() const { return judged && expected == observed; }
  bool failed() const { return judged && expected != observed; }
};

class PhaseTable {
 public:
  struct Cell {
    spec::Phase phase;
    Traffic traffic;
  };

  // Returns whether it went as expected.
  bool add(PhaseRow row) {
    rows_.push_back(std::move(row));
    return rows_.back().ok();
  }
  const std::vector<PhaseRow>& rows() const { return rows_; }
  // The cells without a row; none if the table is empty.
  std::vector<Cell> unexercised() const {
    std::vector<Cell> cells;
    if (rows_.empty()) return cells;
    for (const spec::Phase phase : spec::kPhases) {
      for (const Traffic traffic : kTraffic) {
        const bool exercised = std::any_of(rows_.begin(), rows_.end(), [&](const PhaseRow& r) {
          return r.phase == phase && r.traffic == traffic;
        });
        if (!exercised) cells.push_back({phase, traffic});
      }
    }
    return cells;
  }

 private:
  std::vector<PhaseRow> rows_;
};

}  // namespace smmu_vp::tb

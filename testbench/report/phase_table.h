// What each phase of a PASID's life must do with each kind of traffic, and what it did.
#pragma once

#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct PhaseRow {
  u32 pasid = 0;
  int phase = 1;  // 1 live, 2 quiesced, 3 unbound, 4 reused
  u32 stream_id = 0;
  std::string traffic;  // untranslated, stall, translation_request, translated, page_request
  std::string what;     // the case within the cell
  std::string expected, observed;
  bool ok() const { return expected == observed; }
};

class PhaseTable {
 public:
  // Returns whether it went as expected.
  bool add(PhaseRow row) {
    rows_.push_back(std::move(row));
    return rows_.back().ok();
  }
  const std::vector<PhaseRow>& rows() const { return rows_; }

 private:
  std::vector<PhaseRow> rows_;
};

}  // namespace smmu_vp::tb

// What the SMMU decides on a transaction (chapter 15).
#pragma once

#include <optional>

#include "tlm/core/ats.h"
#include "tlm/spec/access.h"
#include "tlm/spec/ats.h"
#include "tlm/spec/memory_type.h"

namespace smmu_vp::core {

// On an untranslated or Translated access.
struct Decision {
  enum class Outcome : u8 { kPass, kAbort, kFault };
  // Why an access is aborted without a record.
  enum class Silently : u8 {
    kNo,
    kGbpaAbort,      // SMMUEN is 0 and GBPA.ABORT 1 (6.3.14)
    kAddressSize,    // beyond the output size, while nothing translates (3.4, 3.9.1.1)
    kConfigAbort,    // STE.Config 0b000 (5.2)
    kNotRecordable,  // a Translated access with a configuration error while CR2.REC_CFG_ATS = 0 (3.9.1.3)
  };
  Outcome outcome = Outcome::kAbort;
  Silently silently = Silently::kNo;  // for kAbort
  spec::Access access;                // as passed on and recorded: overrides applied (13.1.4, 13.7)
  spec::MemoryType type{};            // for kPass
  u64 pa = 0;                         // for kPass
  u16 asid = 0;                       // for kPass through stage 1
  struct Met {
    Fault fault;
    FaultModel model;
    FaultResponse response;
    bool mergeable = false;  // STE.MEV
  };
  std::optional<Met> met = {};  // for kFault

  void pass(u64 to, spec::MemoryType as, u16 through_asid = 0) {
    outcome = Outcome::kPass;
    pa = to;
    type = as;
    asid = through_asid;
  }
};

// The answer to a Translation Request, for one range.
struct AtsAnswer {
  AtsStatus status = AtsStatus::kSuccess;
  spec::AtsTranslation translation;
  std::optional<spec::Event> record;
};

}  // namespace smmu_vp::core

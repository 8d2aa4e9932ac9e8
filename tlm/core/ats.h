// Answers to ATS Translation Requests and the checks of Translated transactions (3.9.1.2, 3.9.1.3, 13.7.1).
#pragma once

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

enum class AtsStatus : u8 { kSuccess, kUnsupportedRequest, kCompleterAbort };

struct AtsPermissions {
  bool read = false, write = false, exec = false;
};

// An answer that needs no translation, or the word to go on and translate.
struct AtsDecision {
  bool translate = false;
  AtsStatus status = AtsStatus::kSuccess;
  std::optional<spec::EventId> event;  // to record
};

// Before translation: is the service there for this stream, and its configuration sound? `found` is null
// while SMMUEN is 0.
AtsDecision decide_translation_request(const Configuration* found, bool rec_cfg_ats, bool recinvsid);

// A fault met while translating. Success here means the answer R = W = 0.
AtsDecision answer_translation_fault(const Fault& fault, bool rec_cfg_ats);

// What a translation grants to the privilege level asked for, after overrides (13.7.1).
AtsPermissions granted(const Rights& rights, const StreamConfig& stream, bool exec_asked, bool priv_asked);

// A Translated transaction: passes as it is, or with split-stage ATS as an IPA that stage 2 has yet to
// translate (13.6.3), or is aborted with or without a record.
struct TranslatedDecision {
  bool pass = false, ipa = false;
  std::optional<spec::EventId> event;
};
// With CR0.ATSCHK, `found` is the stream's configuration; without, null: nothing is looked up.
TranslatedDecision decide_translated(bool smmu_enabled, bool ats, const Configuration* found,
                                     bool rec_cfg_ats);

}  // namespace smmu_vp::core

// Answers to ATS Translation Requests and the checks of Translated transactions (3.9.1.2, 3.9.1.3, 13.7.1).
#pragma once

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

enum class AtsStatus : u8 { kSuccess, kUnsupportedRequest, kCompleterAbort };

struct AtsPermissions {
  bool read = false, write = false, exec = false;
};

// What a Translation Request is answered before any table walk; or that translation has to go on.
struct AtsDecision {
  bool translate = false;
  AtsStatus status = AtsStatus::kSuccess;
  std::optional<spec::EventId> event;  // to record
};

// The checks before translation: does the stream use ATS, and is its configuration valid? `found` is null
// while SMMUEN is 0.
AtsDecision decide_translation_request(const Configuration* found, bool rec_cfg_ats, bool recinvsid);

// For a fault met during translation. kSuccess here means an answer with R = W = 0.
AtsDecision answer_translation_fault(const Fault& fault, bool rec_cfg_ats);

// What a translation grants at the requested privilege level, after overrides (13.7.1).
AtsPermissions granted(const Rights& rights, const StreamConfig& stream, bool exec_asked, bool priv_asked);

// What happens to a Translated transaction.
struct TranslatedDecision {
  enum class Way : u8 {
    kPass,    // unchanged
    kStage2,  // its address is an IPA, which stage 2 translates (split-stage ATS, 13.6.3)
    kAbort,   // aborted without a record
    kRecord,  // aborted with a record of `event`
  };
  Way way = Way::kAbort;
  spec::EventId event{};
};
// `found` is the stream's configuration with CR0.ATSCHK = 1, and null without: then nothing is looked up. Inline, as
// every Translated transaction comes through here.
inline TranslatedDecision decide_translated(bool smmu_enabled, bool ats, const Configuration* found,
                                            bool rec_cfg_ats) {
  using enum TranslatedDecision::Way;
  constexpr TranslatedDecision kForbidden{kRecord, spec::EventId::F_TRANSL_FORBIDDEN};
  if (!smmu_enabled || !ats) return kForbidden;
  if (found == nullptr) return {kPass};
  if (found->fault)  // whatever RECINVSID says
    return rec_cfg_ats ? TranslatedDecision{kRecord, found->fault->event} : TranslatedDecision{kAbort};
  if (found->stream.path == StreamConfig::Path::kAbort) return {kAbort};
  if (found->stream.eats == spec::ste::kEatsAbort) return kForbidden;
  return {found->stream.eats == spec::ste::kEatsSplit ? kStage2 : kPass};
}

}  // namespace smmu_vp::core

// The rules a device can be told to break, each with a switch of its own, and what contains the damage.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

enum class Misbehaviour : u8 {
  kForgeTranslated,
  kForgeTranslatedWrites,
  kStaleTranslated,
  kIgnoreInvalidations,
  kSlowCompletions,
  kWrongTag,
  kExceedAllocation,
  kPageRequestFlood,
  kDmaAfterStop,
  kForeignPasid,
  kAtsWhileDisabled,
  kSurpriseRemoval,
  kHangInFlr,
};

struct MisbehaviourInfo {
  Misbehaviour which;
  std::string_view name;  // endpoint.N.misbehave.NAME
  std::string_view help;
  std::string_view contained_by;
};

inline constexpr std::array kMisbehaviours = {
    MisbehaviourInfo{
        Misbehaviour::kForgeTranslated, "forge_translated",
        "Reads with Translated requests at physical addresses that it never got as translations.",
        "CR0.ATSCHK with STE.EATS: F_TRANSL_FORBIDDEN; full ATS trusts the device (3.9.1.1)"},
    MisbehaviourInfo{
        Misbehaviour::kForgeTranslatedWrites, "forge_translated_writes",
        "Writes with Translated requests to physical addresses that it never got as translations.",
        "CR0.ATSCHK with STE.EATS: F_TRANSL_FORBIDDEN; full ATS trusts the device (3.9.1.1)"},
    MisbehaviourInfo{Misbehaviour::kStaleTranslated, "stale_translated",
                     "Reads through translations that an Invalidate Request invalidated.",
                     "nothing under full ATS, which trusts the device (3.9.1.1)"},
    MisbehaviourInfo{Misbehaviour::kIgnoreInvalidations, "ignore_invalidations",
                     "Neither obeys nor completes Invalidate Requests.",
                     "CERROR_ATC_INV_SYNC (7.1); the driver blocks the stream"},
    MisbehaviourInfo{Misbehaviour::kSlowCompletions, "slow_completions",
                     "Completes Invalidate Requests late, by misbehave.slow_ns.", "CMD_SYNC waits (4.7.3)"},
    MisbehaviourInfo{Misbehaviour::kWrongTag, "wrong_tag", "Completes Invalidate Requests with another ITag.",
                     "the SMMU ignores it; CERROR_ATC_INV_SYNC as without a completion (7.1)"},
    MisbehaviourInfo{Misbehaviour::kExceedAllocation, "exceed_allocation",
                     "Has more page requests outstanding than software allocated.",
                     "PRI queue overflow: automatic responses (8.1)"},
    MisbehaviourInfo{Misbehaviour::kPageRequestFlood, "page_request_flood",
                     "Sends page requests that no job needs, most of them in groups that never end.",
                     "PRI queue overflow: automatic responses, the rest dropped (8.1)"},
    MisbehaviourInfo{Misbehaviour::kDmaAfterStop, "dma_after_stop",
                     "Continues DMA with a PASID after it reported the PASID as stopped.",
                     "the CD: silent abort when quiesced, C_BAD_CD when unbound (5.5, 7.3)"},
    MisbehaviourInfo{Misbehaviour::kForeignPasid, "foreign_pasid", "Uses PASIDs that it was never given.",
                     "the stream's CD table: C_BAD_SUBSTREAMID or C_BAD_CD (5.5)"},
    MisbehaviourInfo{Misbehaviour::kAtsWhileDisabled, "ats_while_disabled",
                     "Sends Translation Requests and Translated requests while its ATS is disabled.",
                     "STE.EATS: Unsupported Request and F_TRANSL_FORBIDDEN (3.9.1)"},
    MisbehaviourInfo{Misbehaviour::kSurpriseRemoval, "surprise_removal",
                     "Disappears from the link while it works.",
                     "all ones to the CPU; CERROR_ATC_INV_SYNC (7.1)"},
    MisbehaviourInfo{Misbehaviour::kHangInFlr, "hang_in_flr", "Never comes back from a Function Level Reset.",
                     "the driver's time-out; it blocks the stream"},
};

// The table is in the order of its enumeration.
constexpr std::size_t index_of(Misbehaviour which) {
  return static_cast<std::size_t>(which);
}
constexpr std::string_view to_string(Misbehaviour which) {
  return kMisbehaviours[index_of(which)].name;
}

using Misbehaviours = std::array<bool, kMisbehaviours.size()>;  // indexed by Misbehaviour

}  // namespace smmu_vp::spec

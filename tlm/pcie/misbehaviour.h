// The ways in which an endpoint can break the rules, each a switch of its own, and what contains it.
#pragma once

#include <array>
#include <string_view>

#include "tlm/pcie/counters.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::pcie {

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
    MisbehaviourInfo{Misbehaviour::kForgeTranslated, "forge_translated",
                     "Reads with translated requests at physical addresses it was never given.",
                     "CR0.ATSCHK with STE.EATS: F_TRANSL_FORBIDDEN; full ATS trusts the device (3.9.1.1)"},
    MisbehaviourInfo{Misbehaviour::kForgeTranslatedWrites, "forge_translated_writes",
                     "Writes with translated requests at physical addresses it was never given.",
                     "CR0.ATSCHK with STE.EATS: F_TRANSL_FORBIDDEN; full ATS trusts the device (3.9.1.1)"},
    MisbehaviourInfo{Misbehaviour::kStaleTranslated, "stale_translated",
                     "Reads through translations that an Invalidate Request took away.",
                     "nothing under full ATS, which trusts the device (3.9.1.1)"},
    MisbehaviourInfo{Misbehaviour::kIgnoreInvalidations, "ignore_invalidations",
                     "Neither obeys nor completes Invalidate Requests.",
                     "CERROR_ATC_INV_SYNC (7.1); the driver blocks the stream"},
    MisbehaviourInfo{Misbehaviour::kSlowCompletions, "slow_completions",
                     "Completes Invalidate Requests late, by misbehave.slow_ns.", "CMD_SYNC waits (4.7.3)"},
    MisbehaviourInfo{Misbehaviour::kWrongTag, "wrong_tag", "Completes Invalidate Requests with another ITag.",
                     "the SMMU ignores it; CERROR_ATC_INV_SYNC as for none (7.1)"},
    MisbehaviourInfo{Misbehaviour::kExceedAllocation, "exceed_allocation",
                     "Has more page requests outstanding than it was allocated.",
                     "PRI queue overflow: automatic responses (8.1)"},
    MisbehaviourInfo{Misbehaviour::kPageRequestFlood, "page_request_flood",
                     "Sends page requests that nobody needs, most of them in groups that never end.",
                     "PRI queue overflow: automatic responses, the rest dropped (8.1)"},
    MisbehaviourInfo{Misbehaviour::kDmaAfterStop, "dma_after_stop",
                     "Goes on with DMA of a PASID after it reported the PASID stopped.",
                     "the CD: silent abort when quiesced, C_BAD_CD when unbound (5.5, 7.3)"},
    MisbehaviourInfo{Misbehaviour::kForeignPasid, "foreign_pasid", "Uses PASIDs it was never given.",
                     "the stream's CD table: C_BAD_SUBSTREAMID or C_BAD_CD (5.5)"},
    MisbehaviourInfo{Misbehaviour::kAtsWhileDisabled, "ats_while_disabled",
                     "Sends translation and translated requests while its ATS is disabled.",
                     "STE.EATS: Unsupported Request and F_TRANSL_FORBIDDEN (3.9.1)"},
    MisbehaviourInfo{Misbehaviour::kSurpriseRemoval, "surprise_removal",
                     "Vanishes from the link in the midst of its work.",
                     "all ones to the CPU; CERROR_ATC_INV_SYNC (7.1)"},
    MisbehaviourInfo{Misbehaviour::kHangInFlr, "hang_in_flr", "Never comes back from a Function Level Reset.",
                     "the driver's time limit; it blocks the stream"},
};

using Misbehaviours = std::array<bool, kMisbehaviours.size()>;  // indexed by Misbehaviour

// The record of one device: what it may do wrong, and what it has done.
class Misconduct {
 public:
  Misconduct(u32 stream_id, const Misbehaviours& on, const trace::Bus& facts)
      : stream_id_(stream_id), on_(on), facts_(facts) {}

  void set(const Misbehaviours& on) { on_ = on; }
  bool is(Misbehaviour which) const { return on_[static_cast<std::size_t>(which)]; }
  // Whether it does so now; the deed is counted and announced before it is done.
  bool commits(Misbehaviour which, u32 pasid = 0, u64 address = 0) {
    if (!is(which)) return false;
    const auto index = static_cast<std::size_t>(which);
    ++deeds_[index];
    facts_.announce(trace::Misbehaves{stream_id_, kMisbehaviours[index].name, pasid, address});
    return true;
  }
  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const {
    for (std::size_t i = 0; i < kMisbehaviours.size(); ++i) {
      if (deeds_[i] != 0) visit(prefix + ".misbehave." + std::string(kMisbehaviours[i].name), deeds_[i]);
    }
  }

 private:
  u32 stream_id_;
  Misbehaviours on_;
  const trace::Bus& facts_;
  std::array<u64, kMisbehaviours.size()> deeds_{};
};

}  // namespace smmu_vp::pcie

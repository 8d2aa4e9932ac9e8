// Judges a translation cache by its contract alone, whatever its organisation (docs/rtl_cache.md, "The contract"): which
// answers are forbidden, never which one is expected. It follows the operations in the order in which they take effect.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "testbench/machine/rtl_adapter/cache_driver.h"
#include "testbench/machine/rtl_adapter/given_translations.h"

namespace smmu_vp::tb {

enum class ContractRule : u8 {
  kStaleHit,             // a hit on what an invalidation covers
  kForeignHit,           // a hit on another world's, VMID's, context's or granule's translation
  kInventedHit,          // a hit on what no fill gave, or not for the address asked
  kOvertakenFillKept,    // a fill whose walk an invalidation overtook was not answered with `overtaken`
  kDroppedWithoutCause,  // a fill was answered with `overtaken`, but no invalidation came since its lookup
  kFaultKept,            // a faulted walk was stored
  kMshrReused,           // a miss names an MSHR whose fill is owed
  kMergedWithNothing,    // a lookup waits for an MSHR whose fill is not owed
  kFullWithoutMisses,    // a lookup waits for any fill, and none is owed
  kUnasked,              // an operation that was not submitted is accepted, takes effect or is answered
  kUnanswered,           // an operation makes no progress
};
std::string_view to_string(ContractRule rule);

struct ContractViolation {
  ContractRule rule;
  u64 operation;  // number of answers before it
  std::string what;
  std::string text() const;
};

class ContractChecker final : public CommitListener {
 public:
  void committed(LookupOperation& op) override;
  void committed(FillOperation& op) override;
  void committed(InvalidateOperation& op) override;
  void answered(const LookupOperation& op) override;
  void answered(const FillOperation& op) override;
  void answered(const InvalidateOperation& op) override;
  void unasked(std::string_view channel) override;
  void stalled(std::string_view channel) override;

  u64 judged() const { return judged_; }

  // Called for the first violation of each rule. Those after the first one of all may follow from it.
  std::function<void(const ContractViolation&)> on_violation;

 private:
  static constexpr u64 kNever = std::numeric_limits<u64>::max();
  // The miss that last named an MSHR.
  struct Walk {
    core::LookupKey key;
    u64 began = kNever;  // order of the lookup
    u64 filled = 0;      // order of the fill; kNever while it is owed
    bool owed_after(u64 order) const { return began < order && filled > order; }
  };
  struct Done {
    core::Invalidation what;
    u64 order;
  };
  struct Ended {
    GivenTranslation given;
    Done by;
  };
  struct Filling {
    u64 began;
    bool overtaken;
    std::string by;  // the invalidation that overtook it
  };

  void judge_hit(const LookupOperation& op);
  std::string explain_wrong_hit(const LookupOperation& op, ContractRule& rule) const;
  const Done* overtaker(const Walk& walk, const GivenTranslation& given) const;
  void forget_old_invalidations();
  void report(ContractRule rule, const std::string& what);

  GivenTranslations given_;
  std::deque<Ended> ended_;  // the latest, to tell a stale answer from an invented one
  std::array<Walk, 64> walks_;
  std::deque<u64> lookups_;  // order of each that has taken effect and is not answered
  std::deque<Filling> fills_;
  std::deque<Done> done_;  // invalidations since the oldest walk began
  u64 last_invalidation_ = 0;
  u64 judged_ = 0;
  u32 reported_ = 0;  // one bit a rule
};

}  // namespace smmu_vp::tb

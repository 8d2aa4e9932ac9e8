// The rules of the contract, one for each kind of answer.
#include "testbench/machine/rtl_adapter/contract_checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/machine/rtl_adapter/operation_text.h"

namespace smmu_vp::tb {

using core::LookupStatus;

namespace {

constexpr std::size_t kEndedKept = 4096;

}  // namespace

std::string_view to_string(ContractRule rule) {
  constexpr std::string_view kNames[] = {
      "stale_hit",  "foreign_hit", "invented_hit",        "overtaken_fill_kept", "dropped_without_cause",
      "fault_kept", "mshr_reused", "merged_with_nothing", "full_without_misses", "unasked",
      "unanswered"};
  return kNames[static_cast<u8>(rule)];
}

std::string ContractViolation::text() const {
  return fmt::format("{}: operation {}: {}", to_string(rule), operation, what);
}

void ContractChecker::report(ContractRule rule, const std::string& what) {
  const u32 bit = 1u << static_cast<u8>(rule);
  if ((reported_ & bit) != 0) return;
  reported_ |= bit;
  if (on_violation) on_violation({rule, judged_, what});
}

void ContractChecker::committed(LookupOperation& op) {
  lookups_.push_back(op.order);
}

void ContractChecker::answered(const LookupOperation& op) {
  ++judged_;
  lookups_.pop_front();
  const auto looked_up = [&] {
    return fmt::format("lookup of {:#x} ({})", op.request.va, text_of(op.request));
  };
  Walk& walk = walks_[op.result.mshr];
  switch (op.result.status) {
    case LookupStatus::kHit:
      judge_hit(op);
      break;
    case LookupStatus::kMiss:
      if (walk.filled == kNever)
        report(ContractRule::kMshrReused,
               fmt::format("{} misses and names MSHR {}, whose fill is still owed for {:#x} ({})",
                           looked_up(), op.result.mshr, walk.key.va, text_of(walk.key)));
      walk = {.key = op.request, .began = op.order, .filled = kNever};
      break;
    case LookupStatus::kMerged:
      if (!walk.owed_after(op.order))
        report(ContractRule::kMergedWithNothing,
               fmt::format("{} is to wait for MSHR {}, whose fill is not owed", looked_up(), op.result.mshr));
      break;
    case LookupStatus::kFull:
      if (std::ranges::none_of(walks_, [&](const Walk& w) { return w.owed_after(op.order); }))
        report(ContractRule::kFullWithoutMisses, looked_up() + " is to wait for any fill, and none is owed");
      break;
  }
}

void ContractChecker::judge_hit(const LookupOperation& op) {
  const core::Translation& hit = op.result.entry;
  const bool in_range = ((hit.va ^ op.request.va) >> hit.log2_size) == 0;
  const auto is_it = [&](const GivenTranslation& given) {
    return given.filled < op.order && answers(given, op.request) && is_part_of(hit, given.entry);
  };
  // What was invalidated between the lookup's effect and its answer is right, too.
  if (in_range &&
      (given_.any_around(op.request.va, is_it) ||
       std::ranges::any_of(ended_, [&](const Ended& e) { return e.by.order > op.order && is_it(e.given); })))
    return;
  ContractRule rule = ContractRule::kInventedHit;
  const std::string why = explain_wrong_hit(op, rule);
  report(rule, fmt::format("lookup of {:#x} ({}) hits {}, {}", op.request.va, text_of(op.request),
                           text_of(hit), why));
}

std::string ContractChecker::explain_wrong_hit(const LookupOperation& op, ContractRule& rule) const {
  const core::Translation& hit = op.result.entry;
  const auto stale = std::ranges::find_if(
      ended_, [&](const Ended& e) { return answers(e.given, op.request) && is_part_of(hit, e.given.entry); });
  if (stale != ended_.end()) {
    rule = ContractRule::kStaleHit;
    return fmt::format("which was covered by the {}", text_of(stale->by.what));
  }
  std::string owner;
  const auto is_foreign = [&](const GivenTranslation& given) {
    if (!is_part_of(hit, given.entry)) return false;
    owner = text_of(given.owner);
    return true;
  };
  if (given_.any_around(op.request.va, is_foreign) ||
      std::ranges::any_of(ended_, [&](const Ended& e) { return is_foreign(e.given); })) {
    rule = ContractRule::kForeignHit;
    return fmt::format("which belongs to {}", owner);
  }
  return "which no fill gave";
}

void ContractChecker::committed(FillOperation& op) {
  Walk& walk = walks_[op.request.mshr];
  walk.filled = op.order;
  const GivenTranslation given{walk.key, op.request.entry, op.order};
  const Done* const by = op.request.present ? overtaker(walk, given) : nullptr;
  fills_.push_back({walk.began, by != nullptr, by != nullptr ? text_of(by->what) : ""});
  if (!op.request.present) return;
  if (by == nullptr) {
    given_.add(given);
  } else {
    ended_.push_front({given, *by});
  }
}

const ContractChecker::Done* ContractChecker::overtaker(const Walk& walk,
                                                        const GivenTranslation& given) const {
  const auto found = std::ranges::find_if(
      done_, [&](const Done& done) { return done.order > walk.began && covers(done.what, given); });
  return found == done_.end() ? nullptr : &*found;
}

void ContractChecker::answered(const FillOperation& op) {
  ++judged_;
  const Filling filling = std::move(fills_.front());
  fills_.pop_front();
  const core::FillResult& result = op.result;
  if (!op.request.present) {
    if (!result.dropped) report(ContractRule::kFaultKept, text_of(op.request) + " is answered as stored");
    return;
  }
  if (filling.overtaken && !(result.dropped && result.overtaken))
    report(ContractRule::kOvertakenFillKept,
           fmt::format("{} is answered as {}, but the {} overtook its walk", text_of(op.request),
                       result.dropped ? "not stored" : "stored", filling.by));
  // One accepted at the same edge as the fill is cause enough: the order of the two is the cache's.
  if (result.overtaken && last_invalidation_ < filling.began)
    report(ContractRule::kDroppedWithoutCause,
           text_of(op.request) + " is answered as overtaken, but no invalidation came since its lookup");
}

void ContractChecker::committed(InvalidateOperation& op) {
  last_invalidation_ = op.order;
  forget_old_invalidations();
  const Done done{op.request, op.order};
  done_.push_back(done);
  given_.invalidate(op.request, [&](const GivenTranslation& given) { ended_.push_front({given, done}); });
  const u64 unanswered = lookups_.empty() ? kNever : lookups_.front();
  while (ended_.size() > kEndedKept && ended_.back().by.order < unanswered) ended_.pop_back();
}

void ContractChecker::forget_old_invalidations() {
  u64 oldest = lookups_.empty() ? kNever : lookups_.front();
  for (const Walk& walk : walks_)
    if (walk.filled == kNever) oldest = std::min(oldest, walk.began);
  while (!done_.empty() && done_.front().order < oldest) done_.pop_front();
}

void ContractChecker::answered(const InvalidateOperation& /*op*/) {
  ++judged_;
}

void ContractChecker::unasked(std::string_view channel) {
  report(ContractRule::kUnasked,
         fmt::format("an operation of the {} channel that was not submitted is accepted, takes effect or is "
                     "answered",
                     channel));
}

void ContractChecker::stalled(std::string_view channel) {
  // A cache may keep lookups waiting for a walk; only the walk's owner can end that.
  if (channel == CacheDriver::kLookupChannel &&
      std::ranges::any_of(walks_, [](const Walk& walk) { return walk.filled == kNever; }))
    return;
  report(ContractRule::kUnanswered,
         fmt::format("an operation of the {} channel makes no progress for {} cycles", channel,
                     CacheDriver::kMostIdleCycles));
}

}  // namespace smmu_vp::tb

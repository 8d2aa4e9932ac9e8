// Comparison of the RTL's answers with the reference's, and the words for a difference.
#include "testbench/rtl_adapter/lockstep_checker.h"

#include <fmt/format.h>

#include <utility>

namespace smmu_vp::tb {

namespace {

using core::LookupStatus;

std::string text(const core::Translation& t) {
  const core::Rights& r = t.rights;
  return fmt::format("va {:#x} pa {:#x} size 2^{} leaf 2^{}{} user {}{}{} priv {}{}{} attr {:#x} sh {}", t.va,
                     t.pa, t.log2_size, t.leaf_log2_size, t.global ? " global" : "", r.user_read ? 'r' : '-',
                     r.user_write ? 'w' : '-', r.user_exec ? 'x' : '-', r.priv_read ? 'r' : '-',
                     r.priv_write ? 'w' : '-', r.priv_exec ? 'x' : '-', t.memory_attributes, t.shareability);
}

std::string text(const core::LookupResult& result) {
  switch (result.status) {
    case LookupStatus::kHit:
      return "hit " + text(result.entry);
    case LookupStatus::kMiss:
      return fmt::format("miss, MSHR {}", result.mshr);
    case LookupStatus::kMerged:
      return fmt::format("merged into MSHR {}", result.mshr);
    case LookupStatus::kFull:
      return "full";
  }
  return "unknown";
}

std::string text(const core::FillResult& result) {
  if (result.dropped) return "dropped";
  return fmt::format("{} set {} way {}", result.block_bank ? "block bank" : "page bank", result.set,
                     result.way);
}

std::string text(const core::InvalidateResult& result) {
  return fmt::format("{} entries dropped, {} MSHRs poisoned", result.entries, result.mshrs_poisoned);
}

std::string text(const core::ReferenceCache::Slot& slot) {
  if (!slot.valid) return "-";
  return fmt::format("world {} vmid {} context {} granule 2^{}: {}", static_cast<int>(slot.world), slot.vmid,
                     slot.context, core::log2_bytes(slot.granule), text(slot.entry));
}

}  // namespace

void LockstepChecker::committed(LookupOperation& op) {
  if (!diverged_) op.expected = reference_.lookup(op.request);
}

void LockstepChecker::committed(FillOperation& op) {
  if (!diverged_)
    op.expected = reference_.fill(op.request.mshr, op.request.present ? &op.request.entry : nullptr);
}

void LockstepChecker::committed(InvalidateOperation& op) {
  if (!diverged_) op.expected = reference_.invalidate(op.request);
}

void LockstepChecker::answered(const LookupOperation& op) {
  if (diverged_ || (++compared_, op.result == op.expected)) return;
  const core::LookupKey& key = op.request;
  report(fmt::format("lookup world {} vmid {} context {} granule 2^{} va {:#x}", static_cast<int>(key.world),
                     key.vmid, key.context, core::log2_bytes(key.granule), key.va),
         text(op.result), text(op.expected), both_states(false, reference_.set_of(key.granule, key.va)));
}

void LockstepChecker::answered(const FillOperation& op) {
  if (diverged_ || (++compared_, op.result == op.expected)) return;
  report(fmt::format("fill of MSHR {} with {}", op.request.mshr,
                     op.request.present ? text(op.request.entry) : "nothing"),
         text(op.result), text(op.expected),
         both_states(op.expected.block_bank, op.expected.dropped ? op.result.set : op.expected.set));
}

void LockstepChecker::answered(const InvalidateOperation& op) {
  if (diverged_ || (++compared_, op.result == op.expected)) return;
  const core::Invalidation& what = op.request;
  report(
      fmt::format("invalidate scope {} world {}{} vmid {} context {}{} [{:#x}, {:#x}]",
                  static_cast<int>(what.scope), static_cast<int>(what.world), what.any_world ? " (any)" : "",
                  what.vmid, what.context, what.any_context ? " (any)" : "", what.first, what.last),
      text(op.result), text(op.expected),
      both_states(false, reference_.set_of(core::Granule::k4K, what.first)));
}

void LockstepChecker::unasked(std::string_view channel) {
  if (!std::exchange(diverged_, true) && on_difference)
    on_difference(fmt::format("the RTL moves a {} operation that nobody gave it", channel));
}

void LockstepChecker::report(const std::string& operation, const std::string& rtl,
                             const std::string& reference, const std::string& state) {
  diverged_ = true;
  if (on_difference)
    on_difference(fmt::format("operation {}: {}\n  rtl: {}\n  reference: {}\n{}", compared_, operation, rtl,
                              reference, state));
}

std::string LockstepChecker::both_states(bool block_bank, unsigned set) {
  const core::CacheConfig& config = reference_.config();
  std::string out;
  const auto dump = [&](bool block, unsigned ways) {
    for (unsigned way = 0; way < ways; ++way) {
      const auto ours = reference_.slot(block, set, way);
      const auto theirs = rtl_.slot(block, set, way);
      if (!ours.valid && !theirs.valid) continue;
      out +=
          fmt::format("  {} {} way {}:\n    rtl: {}\n    reference: {}\n",
                      block ? "block bank" : "page bank set", block ? 0 : set, way, text(theirs), text(ours));
    }
  };
  if (!block_bank) dump(false, config.ways);
  dump(true, config.block_entries);
  return out;
}

}  // namespace smmu_vp::tb

// Compares the RTL's answers with the reference's and describes a difference in text.
#include "testbench/machine/rtl_adapter/lockstep_checker.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "testbench/machine/rtl_adapter/operation_text.h"
#include "tlm/trace/fact.h"

namespace smmu_vp::tb {

namespace {

using core::LookupStatus;

// The fields of an answer or slot by name, so that two of them can be compared field by field.
struct NamedValue {
  std::string_view name;
  std::string value;
  bool operator==(const NamedValue&) const = default;
};
using NamedValues = std::vector<NamedValue>;

std::string letters(bool read, bool write, bool exec) {
  return {read ? 'r' : '-', write ? 'w' : '-', exec ? 'x' : '-'};
}

std::string hex(u64 value) {
  return fmt::format("{:#x}", value);
}

void append(NamedValues& out, const core::Translation& t) {
  const core::Rights& r = t.rights;
  out.insert(out.end(), {{"va", hex(t.va)},
                         {"pa", hex(t.pa)},
                         {"size", fmt::format("2^{}", t.log2_size)},
                         {"leaf", fmt::format("2^{}", t.leaf_log2_size)},
                         {"global", t.global ? "yes" : "no"},
                         {"user", letters(r.user_read, r.user_write, r.user_exec)},
                         {"priv", letters(r.priv_read, r.priv_write, r.priv_exec)},
                         {"attr", hex(t.memory_attributes)},
                         {"sh", fmt::format("{}", t.shareability)}});
}

NamedValues values_of(const core::LookupResult& result) {
  NamedValues out = {{"lookup", std::string(to_string(result.status))}};
  if (result.status == LookupStatus::kHit) append(out, result.entry);
  if (result.status == LookupStatus::kMiss || result.status == LookupStatus::kMerged)
    out.push_back({"MSHR", fmt::format("{}", result.mshr)});
  return out;
}

NamedValues values_of(const core::FillResult& result) {
  if (result.dropped) return {{"fill", result.overtaken ? "dropped as overtaken" : "dropped"}};
  return {{"fill", result.block_bank ? "in block bank" : "in page bank"},
          {"set", fmt::format("{}", result.set)},
          {"way", fmt::format("{}", result.way)}};
}

NamedValues values_of(const core::InvalidateResult& result) {
  return {{"entries dropped", fmt::format("{}", result.entries)},
          {"MSHRs poisoned", fmt::format("{}", result.mshrs_poisoned)}};
}

NamedValues values_of(const core::ReferenceCache::Slot& slot) {
  if (!slot.valid) return {{"entry", "none"}};
  NamedValues out = {{"entry", "valid"},
                     {"world", std::string(to_string(slot.world))},
                     {"vmid", fmt::format("{}", slot.vmid)},
                     {"context", fmt::format("{}", slot.context)},
                     {"granule", text_of(slot.granule)}};
  append(out, slot.entry);
  return out;
}

// Describes the fields that differ; if the answers are of different kinds, only the kind.
std::string difference(const NamedValues& rtl, const NamedValues& reference) {
  std::string out;
  for (std::size_t i = 0; i < rtl.size(); ++i) {
    if (rtl[i] == reference[i]) continue;
    out += fmt::format("{}{} {} in the RTL, {} in the reference", out.empty() ? "" : "; ", rtl[i].name,
                       rtl[i].value, reference[i].value);
    if (i == 0) break;
  }
  return out;
}

// The fields that identify an entry.
std::string identity(const core::ReferenceCache::Slot& slot) {
  return fmt::format("{:#x} to {:#x} (world {}, VMID {}, context {}, granule {})", slot.entry.va,
                     slot.entry.pa, std::string(to_string(slot.world)), slot.vmid, slot.context,
                     text_of(slot.granule));
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
  report(fmt::format("lookup of {:#x} ({})", key.va, text_of(key)),
         difference(values_of(op.result), values_of(op.expected)), false,
         reference_.set_of(key.granule, key.va));
}

void LockstepChecker::answered(const FillOperation& op) {
  if (diverged_ || (++compared_, op.result == op.expected)) return;
  report(text_of(op.request), difference(values_of(op.result), values_of(op.expected)),
         op.expected.block_bank, op.expected.dropped ? op.result.set : op.expected.set);
}

void LockstepChecker::answered(const InvalidateOperation& op) {
  if (diverged_ || (++compared_, op.result == op.expected)) return;
  const core::Invalidation& what = op.request;
  report(text_of(what), difference(values_of(op.result), values_of(op.expected)), false,
         reference_.set_of(core::Granule::k4K, what.first));
}

void LockstepChecker::unasked(std::string_view channel) {
  if (!std::exchange(diverged_, true) && on_difference)
    on_difference(fmt::format("the RTL accepts or answers a {} operation that was not submitted", channel));
}

void LockstepChecker::report(const std::string& operation, const std::string& difference, bool block_bank,
                             unsigned set) {
  diverged_ = true;
  if (on_difference)
    on_difference(fmt::format("operation {}, {}: {}{}", compared_, operation, difference,
                              different_slots(block_bank, set)));
}

std::string LockstepChecker::different_slots(bool block_bank, unsigned set) {
  const core::CacheConfig& config = reference_.config();
  std::string out;
  const auto compare = [&](bool block, unsigned ways) {
    for (unsigned way = 0; way < ways; ++way) {
      const auto theirs = rtl_.slot({.block_bank = block, .set = set, .way = way}),
                 ours = reference_.slot(block, set, way);
      if (values_of(theirs) == values_of(ours)) continue;
      const std::string what = theirs.valid && ours.valid ? difference(values_of(theirs), values_of(ours))
                               : theirs.valid             ? "only the RTL has " + identity(theirs)
                                                          : "only the reference has " + identity(ours);
      out += fmt::format(". {} way {}: {}", block ? "Block bank" : fmt::format("Page bank set {}", set), way,
                         what);
    }
  };
  if (!block_bank) compare(false, config.ways);
  compare(true, config.block_entries);
  return out;
}

}  // namespace smmu_vp::tb

// break_before_make. The rule (3.21.1.1): a valid descriptor is made invalid, and invalidated to completion, before it
// says something else that is valid, if its output address, memory type or size changes, or it becomes global. A
// violation is seen when an entry that is still usable is compared: memory translates its addresses validly, and
// otherwise. A change of size alone is allowed as far as IDR3.BBML says (3.21.1.2, 3.21.1.3). Rights, the Access flag,
// dirty state and software's bits may change at any time.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/translation_text.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "break_before_make",
    .description = "a translation is invalidated before its descriptor says something else that is valid",
    .rule =
        "While a translation may be cached, the tables in memory give its addresses no other valid output "
        "address, "
        "memory type or (as IDR3.BBML allows) size, and do not make it global: the descriptor is made "
        "invalid and the "
        "invalidation complete first.",
    .section = "3.21.1.1, 3.21.1.2, 3.21.1.3",
    .witness = Witness::kMachine,
    .facts = "memory; smmu.walk_read, smmu.command, smmu.sync_end",
    .finds =
        "a remap that overwrites a valid descriptor; a block split without the nT bit or without "
        "invalidation",
};

class BreakBeforeMake final : public Monitor {
 public:
  BreakBeforeMake(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), cached_(shadows_->translations) {
    cached_.on_changed([this](const CachedEntry&, u64) { judge(); });
    cached_.on_rewritten(
        [this](const CachedEntry& e, const Outcome& now, u64 t_ps) { on_rewritten(e, now, t_ps); });
  }

 private:
  void on_rewritten(const CachedEntry& e, const Outcome& now, u64 t_ps) {
    judge();
    const std::string what = broken_by(e, now);
    if (what.empty()) return;
    const spec::Requester& who = cached_.requester_of(e);
    const Link& before = e.links.back();
    const Link& after = now.links.back();
    report(t_ps,
           fmt::format(
               "{}; its descriptor at {:#x} was {:#x} and {:#x} at {:#x} is valid now: {} without being made "
               "invalid first and {} complete",
               holder_text(e, who), before.pa, before.value, after.value, after.pa, what, command_text(e)),
           subject_of(e, who));
  }

  // What changed that may not; empty when nothing.
  std::string broken_by(const CachedEntry& e, const Outcome& now) const {
    if (now.output != e.output)
      return fmt::format("the output address changes from {:#x} to {:#x}", e.output, now.output);
    if (now.memory_type != e.memory_type)
      return fmt::format("the memory type changes from {:#x} to {:#x}", e.memory_type, now.memory_type);
    if (now.global && !e.global) return "the translation becomes global";
    const u32 idr3 = shadows_->machine.id_register(spec::offset::IDR3);
    const u64 bbml = spec::IDR3::BBML.get(idr3);
    const bool same_level = now.leaf_level == e.level;  // the Contiguous bit alone
    const bool marked = e.no_conflict || now.no_conflict;
    if (now.leaf_log2_size == e.leaf_log2_size || bbml >= 2 || (bbml == 1 && (same_level || marked)))
      return {};
    return fmt::format("the size changes from 2^{} to 2^{} bytes (IDR3.BBML is {}{})", e.leaf_log2_size,
                       now.leaf_log2_size, bbml, bbml == 1 ? ", nT is not set" : "");
  }

  SharedShadows shadows_;
  TranslationShadow& cached_;
};

}  // namespace

MonitorEntry monitors::break_before_make() {
  return entry_of<BreakBeforeMake>(kInfo);
}

}  // namespace smmu_vp::tb

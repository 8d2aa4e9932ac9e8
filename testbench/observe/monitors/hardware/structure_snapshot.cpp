// structure_snapshot. The rule (3.21.3): the SMMU reads a structure eight bytes at a time and in any order, whenever it
// can reach it. So between two synchronised invalidations of an STE or CD what means something changes in one word at
// most; setting and clearing V included, since the words may be read before V is. A structure that was invalid may be
// filled and made valid in one go if nothing asks for it until its invalidation is synchronised: whatever mixture the
// SMMU has read is removed before it is used (3.21.3.1 recommends one more invalidation; judged with monitors.strict).
// Stores are seen by nobody. What memory holds is compared with each state that the SMMU may have read since the last
// invalidation that was synchronised: what was fetched, what was there when that command was consumed, and, of a table
// that came into the SMMU's reach, what it held then. What such comparisons cannot show: changes that were undone in
// between, changes before the table was known, and stores of several words that a sync happens to separate.
#include <fmt/format.h>

#include <bit>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/config_shadow_text.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "structure_snapshot",
    .description = "STEs and CDs change one word at a time while the SMMU can reach them",
    .rule =
        "Between two synchronised invalidations of a reachable STE or CD at most one 64-bit word of it "
        "changes "
        "where it matters, as far as memory shows whenever it is looked at; one that was invalid may become "
        "valid with all its words if nothing asks for it before it is invalidated.",
    .section = "3.21.3",
    .witness = Witness::kMachine,
    .facts = "smmu.config_read, smmu.command, smmu.sync_end, structures fetched, memory",
    .finds =
        "fields and V set together in use; two words of a live CD changed at once; no CMD_SYNC between two "
        "changes",
};

class StructureSnapshot final : public Monitor {
 public:
  StructureSnapshot(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    shadows_->configuration.on_compared(
        [this](const StructureId& id, const CachedStructure& s, u64 t) { compared(id, s, t); });
    shadows_->configuration.on_removed(
        [this](const StructureId&, const CachedStructure& s, u64) { reported_.erase(s.number); });
  }

 private:
  static bool valid(Structure kind, const Words& words) {
    return (kind == Structure::kSte ? spec::ste::V.get(words) : spec::cd::V.get(words)) != 0;
  }

  void compared(const StructureId& id, const CachedStructure& s, u64 t_ps) {
    if (words_of(id.kind) == 1) return;
    judge();
    // At another address it is another structure.
    if (!s.difference || s.difference->now.pa != s.pa || std::popcount(s.difference->words) < 2) return;
    const bool in_use = valid(id.kind, s.words) || s.difference->uses != 0;
    if (!in_use && !shadows_->machine.strict) return;
    bool& known = reported_[s.number];
    if (known) return;
    known = true;
    report(t_ps,
           fmt::format(
               "{} changes in more than one word without a {} and a CMD_SYNC between: {}; the SMMU may read "
               "some of them and not the others",
               place_of(id, s.pa), invalidation_of(id), changes_of(s)),
           subject_of(id, s.pa));
  }

  const SharedShadows shadows_;
  FlatMap<bool> reported_;  // by number of the state
};

}  // namespace

MonitorEntry monitors::structure_snapshot() {
  return entry_of<StructureSnapshot>(kInfo);
}

}  // namespace smmu_vp::tb

// Kept until a walk passes through the table again.
#include "testbench/observe/monitors/hardware/ended_tables.h"

#include <utility>

#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kMost = 1u << 16;  // of the oldest nothing comes any more

}  // namespace

EndedTables::EndedTables(trace::Bus& bus, TranslationShadow& cached, const MemoryView& memory,
                         const Flights& flights, OnBegun told)
    : cached_(cached), memory_(memory), flights_(flights), told_(std::move(told)) {
  cached.on_ended([this](const CachedEntry& e, u64) {
    if (e.kind == CachedKind::kTable && !e.on_the_way) remember(e);
  });
  cached.on_filled([this](const CachedEntry& e, u64) {
    if (e.kind == CachedKind::kTable && !ended_.empty()) forget(e);
  });
  bus.on<trace::WalkBegin>([this](const trace::WalkBegin& f, u64) {
    if (!ended_.empty()) walks_[transaction_key(f)] = {.ended_before = number_};
  });
  bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64 t_ps) {
    if (!walks_.empty()) on_read(f, t_ps);
  });
  bus.on<trace::WalkEnd>([this](const trace::WalkEnd& f, u64) { walks_.erase(transaction_key(f)); });
}

void EndedTables::remember(const CachedEntry& e) {
  if (ended_.size() >= kMost) ended_.clear();
  ended_.insert_or_assign(first_page(e.output), Ended{e, ++number_});
}

void EndedTables::forget(const CachedEntry& e) {
  const auto found = ended_.find(first_page(e.output));
  if (found != ended_.end() && found->second.entry.tags == e.tags) ended_.erase(found);
}

void EndedTables::on_read(const trace::WalkRead& f, u64 t_ps) {
  Walk* const walk = walks_.find(transaction_key(f));
  const Flight* const flight = flights_.find(transaction_key(f));
  if (walk == nullptr || flight == nullptr) return;
  const Regime* const regime =
      cached_.requesters().fetched(cached_.requesters().number_of(flight->who, f.smmu));
  if (regime == nullptr || f.stage2 == regime->stage1) return;
  const bool led_here_by_a_table = std::exchange(walk->reads, true);
  const auto found = ended_.find(first_page(f.pa));
  if (found == ended_.end() || found->second.number > walk->ended_before) return;
  const CachedEntry& ended = found->second.entry;
  if (ended.tags != tags_of(*regime, f.smmu)) return;
  // Found anew, and may be kept even if the walk faults further down.
  if (led_here_by_a_table) {
    ended_.erase(found);
    return;
  }
  if (ended.level + 1 != f.level || cached_still(ended) || memory_leads_there(ended, *regime)) return;
  told_(ended, flight->who, flight->va, t_ps);
}

// Whether another entry that is not invalidated leads there.
bool EndedTables::cached_still(const CachedEntry& ended) const {
  bool found = false;
  cached_.table().at_output(ended.output, [&](CachedEntry::Id id) {
    const CachedEntry& e = cached_.table()[id];
    found |= e.kind == CachedKind::kTable && e.tags == ended.tags && e.level == ended.level;
  });
  return found;
}

bool EndedTables::memory_leads_there(const CachedEntry& ended, const Regime& regime) {
  walk(regime, {.address = ended.first}, memory_, now_);
  for (const Link& link : now_.links)
    if (first_page(link.pa) == first_page(ended.output)) return true;
  return false;
}

}  // namespace smmu_vp::tb

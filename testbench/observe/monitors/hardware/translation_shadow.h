// Every translation that a cache may hold, kept until a command comes that is required to remove it, and held against
// memory: what this machine's caches happen to keep is not asked. See docs/judging.md, "From memory".
#pragma once

#include <functional>
#include <vector>

#include "testbench/observe/monitors/hardware/translation_requesters.h"
#include "testbench/observe/monitors/hardware/translation_table.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class Flights;

// Memory as the hardware last read it, and as it is where the hardware has not read.
class SeenMemory final : public MemoryView {
 public:
  explicit SeenMemory(const MemoryView& memory) : memory_(memory) {}
  void saw(u64 pa, u64 value) { seen_[pa] = value; }
  std::optional<u64> word(u64 pa) const override {
    const u64* const seen = seen_.find(pa);
    return seen != nullptr ? std::optional(*seen) : memory_.word(pa);
  }

 private:
  const MemoryView& memory_;
  FlatMap<u64> seen_;
};

class TranslationShadow {
 public:
  TranslationShadow(trace::Bus& bus, const MachineTraits& machine, const MemoryView& memory,
                    const RegisterShadow& registers, const Flights& flights);

  using Id = CachedEntry::Id;
  using OnEntry = std::function<void(const CachedEntry& entry, u64 t_ps)>;
  using OnRewrite = std::function<void(const CachedEntry& entry, const Outcome& now, u64 t_ps)>;
  // A translation may be cached from now on.
  void on_filled(OnEntry f) { filled_.push_back(std::move(f)); }
  // Memory is seen to grant an entry no longer, `entry.change`; or to grant it again.
  void on_changed(OnEntry f) { changed_.push_back(std::move(f)); }
  void on_restored(OnEntry f) { restored_.push_back(std::move(f)); }
  // Memory translates an entry's addresses otherwise now, and validly, while the entry is still usable.
  void on_rewritten(OnRewrite f) { rewritten_.push_back(std::move(f)); }
  // An access has used an entry that memory no longer grants.
  void on_used(OnEntry f) { used_.push_back(std::move(f)); }
  // An untranslated access went where no entry that may be cached leads it.
  using OnUnknown =
      std::function<void(const trace::Translated& f, const TranslationTags& tags, u64 address, u64 t_ps)>;
  void on_unknown(OnUnknown f) { unknown_.push_back(std::move(f)); }
  // The grace of such an entry has ended, or the run, and no invalidation that covers it has begun.
  void on_overdue(OnEntry f) { overdue_.push_back(std::move(f)); }
  // An entry that memory no longer granted is invalidated, to completion.
  void on_ended(OnEntry f) { ended_.push_back(std::move(f)); }

  // Compares everything once more; what is stale then is overdue. Only the first call counts.
  void finish(u64 t_ps);

  const TranslationTable& table() const { return table_; }
  TranslationRequesters& requesters() { return requesters_; }
  const spec::Requester& requester_of(const CachedEntry& e) const {
    return requesters_.who(e.requesters.front());
  }
  // Those that memory does not grant.
  const std::vector<Id>& stale() const { return stale_; }
  u64 comparisons() const { return comparisons_; }
  // Compares an entry with memory now.
  void compare(Id id, u64 t_ps);
  // Whether memory still leads to where a translation leads that it grants no longer: then it has fewer rights.
  bool leads_there_still(const CachedEntry& e);
  // Whether another address space has the same page at the same address, used or not.
  bool mapped_elsewhere(const CachedEntry& e);
  // Whether memory leads that access where it went.
  bool leads_there(const trace::Translated& f, u64 address);

 private:
  struct Begun {  // an invalidation whose command was consumed
    u64 number;
    InvalidationScope scope;
    Leaving how;
    bool complete;
  };
  struct Due {
    Id id;
    u64 since_ps;
  };

  void listen_to_walks(trace::Bus& bus);
  void listen_to_invalidations(trace::Bus& bus);
  void listen_to_accesses(trace::Bus& bus);

  // translation_fills.cpp
  void on_walked(const trace::Walked& f, u64 t_ps);
  void on_granted(const trace::AtsGranted& f, u64 t_ps);
  void as_the_hardware_saw(const Regime& regime, const WalkAsked& asked);
  void fill(CachedEntry entry, u64 walk_began, u64 t_ps);

  // translation_fills_tables.cpp
  void on_fault(const trace::WalkEnd& f, u64 t_ps);
  void fill_tables(const CachedEntry& translation, const Regime& regime, u64 walk_began, u64 t_ps);
  void fill_on_the_way(const CachedEntry& translation, Regime regime, const std::vector<u64>& ipas,
                       u64 walk_began, u64 t_ps);
  bool owed_already(const CachedEntry& entry) const;

  // translation_compare.cpp
  bool unchanged(const CachedEntry& e) const;
  bool granted_by(const Regime& regime, CachedEntry& e, u64 t_ps);
  bool grants(const Regime& regime, const CachedEntry& e);
  bool grants_all(const Regime& regime, const CachedEntry& e);
  bool maps(const Regime& regime, u64 address, bool to_ipa, u64 output);
  MemoryChange change_of(const CachedEntry& e) const;

  // translation_stale.cpp
  void look_round(u64 t_ps);
  void accuse_overdue(u64 t_ps);
  void set_stale(Id id, const MemoryChange& change);
  void owe(Id id, u64 t_ps);
  void clear_stale(Id id);

  // translation_shadow.cpp
  void begin(const InvalidationScope& scope, Leaving how, u64 number, u64 t_ps);
  void take_back(Leaving how, u64 number, u64 t_ps);
  void complete(Leaving how, u64 up_to, u8 smmu, u64 t_ps);
  void complete_atc(u64 number, u64 t_ps);
  void end(Id id, u64 t_ps);
  void on_command(const trace::Command& f, u64 t_ps);
  void on_structure(const trace::ConfigFetched& f, u64 t_ps);
  void forget_old_invalidations();

  // translation_uses.cpp
  void on_translated(const trace::Translated& f, u64 t_ps);

  static void tell(const std::vector<OnEntry>& listeners, const CachedEntry& e, u64 t_ps) {
    for (const OnEntry& f : listeners) f(e, t_ps);
  }

  const MachineTraits& machine_;
  const MemoryView& memory_;
  const RegisterShadow& registers_;
  const Flights& flights_;
  SeenMemory seen_;
  TranslationRequesters requesters_;
  TranslationTable table_;

  u64 invalidations_ = 0;     // begun so far; numbers them
  std::vector<Begun> begun_;  // those that a walk in flight may have overtaken
  struct WalkInFlight {
    u64 invalidations;  // that had begun before
    u64 address, table;
  };
  FlatMap<WalkInFlight> walks_;
  std::vector<Id> leaving_;
  std::vector<Id> found_;
  FlatMap<u64> broadcast_syncs_;    // how many invalidations had begun before
  FlatMap<u64> atc_invalidations_;  // by StreamID and tag
  std::optional<trace::Command> last_command_;
  u64 last_command_number_ = 0;

  std::vector<Id> stale_;
  FlatMap<u32> stale_places_;
  std::vector<Due> due_;
  std::size_t next_due_ = 0;
  Id next_look_ = 0;
  u64 comparisons_ = 0;
  Outcome now_, seen_outcome_;
  bool any_unrooted_ = false;
  bool finished_ = false;

  std::vector<OnEntry> filled_, changed_, restored_, used_, overdue_, ended_;
  std::vector<OnRewrite> rewritten_;
  std::vector<OnUnknown> unknown_;
};

}  // namespace smmu_vp::tb

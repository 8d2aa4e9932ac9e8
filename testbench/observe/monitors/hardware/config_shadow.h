// Every state of a configuration structure that the SMMU may hold, by the rules of 3.21.3 and not by what this model
// keeps: what it has fetched, and what it could have fetched, until a command that must remove it (4.3) is consumed and
// its CMD_SYNC has ended. Memory is read where it matters: when a structure is fetched, when a CMD_CFGI_* is consumed,
// when a device asks, in turn at each CMD_SYNC, and at the end.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "testbench/observe/monitors/cfgi_scope.h"
#include "testbench/observe/monitors/flat_map.h"
#include "testbench/observe/monitors/hardware/config_shadow_lookup.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

// How memory differs from a state that may be cached, where it matters.
struct ConfigDifference {
  u64 since_ps = 0;  // when it was first seen
  StructureState now;
  unsigned words = 0;  // a bit for each that differs
  u64 uses = 0;        // transactions that began since
};

struct CachedStructure {
  u64 number = 0;  // no other has it
  u64 pa = 0;
  Words words{};
  u64 agreed_ps = 0;         // when memory was last seen to hold the same
  bool fetched = false;      // otherwise the SMMU could have
  bool invalidated = false;  // by a command that was consumed: gone when its CMD_SYNC ends
  std::optional<ConfigDifference> difference = {};
};

class ConfigShadow {
 public:
  using OnCached = std::function<void(const StructureId&, const CachedStructure&, u64 t_ps)>;
  using OnCurrent = std::function<void(const StructureId&, const StructureState&, u64 t_ps)>;

  ConfigShadow(trace::Bus& bus, const MemoryView& memory, const RegisterShadow& registers);

  // Each state that was compared with memory, with what came of it.
  void on_compared(OnCached f) { on_compared_.push_back(std::move(f)); }
  // A state that the SMMU cannot hold any longer.
  void on_removed(OnCached f) { on_removed_.push_back(std::move(f)); }
  // What memory holds when software says that it is to be used, and when it is.
  void on_current(OnCurrent f) { on_current_.push_back(std::move(f)); }

  const ConfigShadowLookup& lookup() const { return lookup_; }
  // Whether that structure is known and, in every state that may be cached, `f(words)` holds.
  bool always(const StructureId& id, const std::function<bool(const Words&)>& f) const;
  // The newest state that may be cached; null when none is known.
  const CachedStructure* newest(const StructureId& id) const;
  // The table that has an entry at `pa`, by the entry; tables too long to be kept are not known.
  std::optional<StructureId> structure_at(u64 pa) const;
  // The CMD_CFGI_* consumed last, if one was since then.
  std::optional<CfgiScope> command_since(u64 t_ps) const;
  void compare_all(u64 t_ps);

 private:
  struct Entry {
    std::vector<CachedStructure> states;
    std::optional<StructureState> renewed;  // by an invalidation consumed: what is read from now on
  };
  // The two words of an STE or CD that hold V and the first table's address, as memory last had them.
  struct Glance {
    u64 pa = 0, word0 = 0, word1 = 0;
  };
  struct Asking {
    u64 look_again_ps = 0;
    bool stale = false;  // something it uses differs from memory
    Glance ste = {}, cd = {};
  };
  struct Consumed {
    CfgiScope scope;
    u64 order;
  };

  void register_written(const trace::RegisterWrite& f, u64 t_ps);
  void read_begins(const trace::ConfigRead& f);
  void fetched(const trace::ConfigFetched& f, u64 t_ps);
  void consumed(const trace::Command& f, u64 t_ps);
  void synchronised(u8 smmu, u64 t_ps);
  void asked(const trace::TransactionBegin& f, u64 t_ps);

  // What is known of `id`; zero if its table is known and nothing else has been seen there.
  Entry& at(const StructureId& id);
  void add_state(Entry& entry, const StructureState& state, u64 t_ps, bool fetched);
  void scan(const StructureId& first, const TableLayout& table, u64 t_ps);
  void rescan(const CfgiScope& scope);
  void follow(const StructureId& id, const Words& words, u64 t_ps);
  std::optional<StructureState> now(const StructureId& id, const Entry& entry) const;
  void compare(const StructureId& id, Entry& entry, const StructureState& now, u64 t_ps);
  bool compare(const StructureId& id, Entry& entry, u64 t_ps);
  void renew(const StructureId& id, Entry& entry, u64 t_ps);
  bool unchanged(const Glance& glance) const;
  Glance glance_at(const Entry& entry) const;
  void compare_next(u8 smmu, u64 t_ps);
  void forget_tables(u8 smmu);
  template <typename F>
  void each_used_by(const spec::Requester& who, u8 smmu, F f);
  template <typename F>
  void each_covered(const CfgiScope& scope, F f);

  ConfigShadowLookup lookup_;
  std::map<StructureId, Entry> entries_;
  std::map<StructureId, TableLayout> tables_;  // by first entry: the entries not in entries_ are zero
  std::set<u8> enabled_;
  FlatMap<Asking> asking_;
  FlatMap<u64> reads_;  // under way: how many commands had been consumed when it began, by address
  std::vector<Consumed> unsynced_;  // since the last CMD_SYNC
  std::vector<StructureId> renewed_;
  std::optional<CfgiScope> last_command_;
  u64 last_command_ps_ = 0, commands_ = 0, numbers_ = 0;
  StructureId next_{};
  std::vector<OnCached> on_compared_, on_removed_;
  std::vector<OnCurrent> on_current_;
};

}  // namespace smmu_vp::tb

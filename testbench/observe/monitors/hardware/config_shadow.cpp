// How states come into the shadow and leave it. Which tables there are: config_shadow_tables.cpp.
#include "testbench/observe/monitors/hardware/config_shadow.h"

#include <algorithm>

namespace smmu_vp::tb {

namespace {

constexpr u64 kLookAgainPs = 1'000'000;  // a requester's structures are compared this often at least
constexpr int kComparedInTurn = 2;       // at each CMD_SYNC

}  // namespace

ConfigShadow::ConfigShadow(trace::Bus& bus, const MemoryView& memory, const RegisterShadow& registers)
    : lookup_(memory, registers) {
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64 t) { register_written(f, t); });
  bus.on<trace::ConfigRead>([this](const trace::ConfigRead& f, u64) { read_begins(f); });
  bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t) { fetched(f, t); });
  bus.on<trace::Command>([this](const trace::Command& f, u64 t) { consumed(f, t); });
  bus.on<trace::SyncEnd>([this](const trace::SyncEnd& f, u64 t) { synchronised(f.smmu, t); });
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64 t) { asked(f, t); });
}

bool ConfigShadow::always(const StructureId& id, const std::function<bool(const Words&)>& f) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && !found->second.states.empty() &&
         std::all_of(found->second.states.begin(), found->second.states.end(),
                     [&](const CachedStructure& s) { return f(s.words); });
}

const CachedStructure* ConfigShadow::newest(const StructureId& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() || found->second.states.empty() ? nullptr : &found->second.states.back();
}

std::optional<CfgiScope> ConfigShadow::command_since(u64 t_ps) const {
  return last_command_ps_ >= t_ps ? last_command_ : std::nullopt;
}

void ConfigShadow::add_state(Entry& entry, const StructureState& state, u64 t_ps, bool fetched) {
  entry.states.push_back(
      {.number = numbers_++, .pa = state.pa, .words = state.words, .agreed_ps = t_ps, .fetched = fetched});
}

// A read that cannot be answered leaves its note behind; the next one there counts from the earlier start, which
// judges less.
void ConfigShadow::read_begins(const trace::ConfigRead& f) {
  if (reads_.find(f.pa) == nullptr) reads_[f.pa] = commands_;
}

void ConfigShadow::fetched(const trace::ConfigFetched& f, u64 t_ps) {
  const u64* const begun = reads_.find(f.pa);
  const u64 order = begun == nullptr ? commands_ : *begun;
  reads_.erase(f.pa);
  const CachedStructure* const ste = newest({.smmu = f.smmu, .kind = Structure::kSte, .sid = f.who.sid});
  const StructureId id = lookup_.id_of(f.structure, f.who, f.smmu, ste == nullptr ? Words{} : ste->words);
  const StructureState state{true, f.pa, f.words};
  // 3.21.3: a walk that an invalidation overtook has ended when its CMD_SYNC does, and leaves nothing behind.
  const bool overtaken = std::any_of(unsynced_.begin(), unsynced_.end(), [&](const Consumed& c) {
    return c.order >= order && c.scope.covers(id);
  });
  Entry& entry = at(id);
  const auto same = std::find_if(entry.states.begin(), entry.states.end(), [&](const CachedStructure& s) {
    return s.pa == f.pa && differing_words(id.kind, s.words, f.words) == 0 && (overtaken || !s.invalidated);
  });
  if (same != entry.states.end()) {
    same->fetched = true;
  } else {
    add_state(entry, state, t_ps, true);
    entry.states.back().invalidated = overtaken;
    if (overtaken) renewed_.push_back(id);
  }
  if (lookup_.enabled(id.smmu)) compare(id, entry, state, t_ps);
  for (CachedStructure& s : entry.states) {
    if (s.difference && !s.invalidated) s.difference->uses = std::max<u64>(s.difference->uses, 1);
  }
  for (const OnCurrent& current : on_current_) current(id, state, t_ps);
  follow(id, f.words, t_ps);
}

std::optional<StructureState> ConfigShadow::now(const StructureId& id, const Entry& entry) const {
  if (const std::optional<StructureState> found = lookup_.find(id)) return found;
  // Behind stage 2 a CD is where it was last.
  if (entry.states.empty()) return std::nullopt;
  const u64 pa = entry.states.back().pa;
  const std::optional<Words> words = lookup_.read(id.kind, pa);
  return words ? std::optional(StructureState{true, pa, *words}) : std::nullopt;
}

void ConfigShadow::compare(const StructureId& id, Entry& entry, const StructureState& now, u64 t_ps) {
  for (CachedStructure& s : entry.states) {
    // What was never fetched and cannot be any more is nobody's concern.
    const unsigned words = now.reachable || s.fetched ? differing_words(id.kind, s.words, now.words) : 0;
    if (words == 0) {
      s.difference.reset();
      s.agreed_ps = t_ps;
    } else if (!s.difference) {
      s.difference = ConfigDifference{t_ps, now, words};
    } else {
      s.difference->now = now;
      s.difference->words = words;
    }
    for (const OnCached& f : on_compared_) f(id, s, t_ps);
  }
}

bool ConfigShadow::compare(const StructureId& id, Entry& entry, u64 t_ps) {
  if (!lookup_.enabled(id.smmu)) return false;
  const std::optional<StructureState> state = now(id, entry);
  if (!state) return false;
  compare(id, entry, *state, t_ps);
  return std::any_of(entry.states.begin(), entry.states.end(),
                     [](const CachedStructure& s) { return s.difference.has_value(); });
}

void ConfigShadow::renew(const StructureId& id, Entry& entry, u64 t_ps) {
  compare(id, entry, t_ps);
  for (CachedStructure& s : entry.states) s.invalidated = true;
  entry.renewed = now(id, entry);
  renewed_.push_back(id);
  if (!entry.renewed || !entry.renewed->reachable) return;
  for (const OnCurrent& current : on_current_) current(id, *entry.renewed, t_ps);
}

void ConfigShadow::consumed(const trace::Command& f, u64 t_ps) {
  const std::optional<CfgiScope> scope = cfgi_scope(f.words(), f.smmu);
  if (!scope) return;
  unsynced_.push_back({*scope, commands_++});
  last_command_ = scope;
  last_command_ps_ = t_ps;
  rescan(*scope);
  std::vector<StructureId> covered;
  each_covered(*scope, [&](const StructureId& id, Entry& entry) {
    renew(id, entry, t_ps);
    covered.push_back(id);
  });
  for (const StructureId& id : covered) {
    if (const std::optional<StructureState>& state = entries_[id].renewed) follow(id, state->words, t_ps);
  }
}

void ConfigShadow::synchronised(u8 smmu, u64 t_ps) {
  std::erase_if(unsynced_, [&](const Consumed& c) { return c.scope.smmu == smmu; });
  bool tables_moved = false;
  for (const StructureId& id : std::exchange(renewed_, {})) {
    if (id.smmu != smmu) {
      renewed_.push_back(id);
      continue;
    }
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    for (const CachedStructure& s : entry.states) {
      if (!s.invalidated) continue;
      for (const OnCached& f : on_removed_) f(id, s, t_ps);
    }
    std::erase_if(entry.states, [](const CachedStructure& s) { return s.invalidated; });
    // It may have been read again at once.
    const std::optional<StructureState> state = std::exchange(entry.renewed, std::nullopt);
    if (state && state->reachable &&
        std::none_of(entry.states.begin(), entry.states.end(),
                     [&](const CachedStructure& s) { return s.words == state->words; }))
      add_state(entry, *state, t_ps, false);
    tables_moved |= id.kind != Structure::kCd;
    if (entry.states.empty()) entries_.erase(found);
  }
  if (tables_moved) forget_tables(smmu);
  compare_next(smmu, t_ps);
}

void ConfigShadow::compare_next(u8 smmu, u64 t_ps) {
  for (int i = 0; i < kComparedInTurn; ++i) {
    auto at = entries_.upper_bound(next_);
    if (at == entries_.end()) at = entries_.begin();
    if (at == entries_.end()) return;
    next_ = at->first;
    if (next_.smmu == smmu) compare(at->first, at->second, t_ps);
  }
}

bool ConfigShadow::unchanged(const Glance& glance) const {
  return glance.pa == 0 ||
         (lookup_.word(glance.pa) == glance.word0 && lookup_.word(glance.pa + 8) == glance.word1);
}

ConfigShadow::Glance ConfigShadow::glance_at(const Entry& entry) const {
  if (entry.states.empty()) return {};
  const u64 pa = entry.states.back().pa;
  return {pa, lookup_.word(pa), lookup_.word(pa + 8)};
}

// A glance for each transaction; all that its requester uses when that shows a change, and now and then.
void ConfigShadow::asked(const trace::TransactionBegin& f, u64 t_ps) {
  Asking& asking = asking_[u64{f.smmu} << 52 | u64{f.who.sid} << 20 | f.who.ssid()];
  if (t_ps >= asking.look_again_ps || !unchanged(asking.ste) || !unchanged(asking.cd)) {
    asking = {.look_again_ps = t_ps + kLookAgainPs};
    each_used_by(f.who, f.smmu, [&](const StructureId& id, Entry& entry) {
      asking.stale |= compare(id, entry, t_ps);
      if (id.kind == Structure::kSte) asking.ste = glance_at(entry);
      if (id.kind == Structure::kCd) asking.cd = glance_at(entry);
    });
  }
  if (!asking.stale) return;
  each_used_by(f.who, f.smmu, [](const StructureId&, Entry& entry) {
    for (CachedStructure& s : entry.states) {
      if (s.difference) ++s.difference->uses;
    }
  });
}

void ConfigShadow::compare_all(u64 t_ps) {
  for (const u8 smmu : enabled_)
    rescan({.opcode = spec::Opcode::CMD_CFGI_STE_RANGE, .smmu = smmu, .last_sid = ~u32{0}});
  for (auto& [id, entry] : entries_) compare(id, entry, t_ps);
}

template <typename F>
void ConfigShadow::each_used_by(const spec::Requester& who, u8 smmu, F f) {
  const CachedStructure* const ste = newest({.smmu = smmu, .kind = Structure::kSte, .sid = who.sid});
  for (const Structure kind : {Structure::kL1Std, Structure::kSte, Structure::kL1Cd, Structure::kCd}) {
    const auto found = entries_.find(lookup_.id_of(kind, who, smmu, ste == nullptr ? Words{} : ste->words));
    if (found != entries_.end()) f(found->first, found->second);
  }
}

template <typename F>
void ConfigShadow::each_covered(const CfgiScope& scope, F f) {
  for (const Structure kind : {Structure::kL1Std, Structure::kSte, Structure::kL1Cd, Structure::kCd}) {
    // Other StreamIDs than its first may have to do with a first-level descriptor of the stream table.
    const u32 from = kind == Structure::kL1Std ? 0 : scope.first_sid;
    for (auto at = entries_.lower_bound({.smmu = scope.smmu, .kind = kind, .sid = from});
         at != entries_.end() && at->first.kind == kind && at->first.sid <= scope.last_sid; ++at) {
      if (scope.covers(at->first)) f(at->first, at->second);
    }
  }
}

}  // namespace smmu_vp::tb

// Lookup, Translation Requests and invalidation of the ATC.
#include "tlm/pcie/atc.h"

#include <optional>
#include <utility>

namespace smmu_vp::pcie {

namespace {

using core::World;

u32 context_of(const spec::Requester& who) {
  return who.pasid.value_or(core::kNoPasid);
}

u64 bytes_below(unsigned log2_size) {
  return log2_size >= 64 ? ~u64{0} : (u64{1} << log2_size) - 1;
}

// The completion gives the range. Its rights are those of the privilege level that asked; it says nothing
// about the other level (13.7). The Global bit is not used.
core::Translation entry_of(const transport::AtsTranslation& t, const spec::Access& access) {
  core::Translation e;
  e.va = access.address & ~bytes_below(t.log2_size);
  e.pa = t.address & ~bytes_below(t.log2_size);
  e.log2_size = e.leaf_log2_size = t.log2_size;
  (access.intent.priv ? e.rights.priv_read : e.rights.user_read) = t.read;
  (access.intent.priv ? e.rights.priv_write : e.rights.user_write) = t.write;
  (access.intent.priv ? e.rights.priv_exec : e.rights.user_exec) = t.exec;
  return e;
}

// Whether the ATC caches it. An answer without any right is not cached: the next access asks again.
bool usable(const transport::AtsTranslation& t) {
  return !t.untranslated_only && (t.read || t.write || t.exec);
}

}  // namespace

Atc::Atc(sc_core::sc_module_name name, const ConfigSpace& config, device::DmaIssuer& issuer,
         MisbehaviourControl& misbehaviour, core::TranslationCachePort& cache, const AtsConfig& ats,
         u64 slow_ps, transport::Timing& timing, Post post)
    : sc_module(name),
      config_(config),
      issuer_(issuer),
      misbehaviour_(misbehaviour),
      cache_(cache),
      ats_(ats),
      slow_ps_(slow_ps),
      timing_(timing),
      post_(std::move(post)) {
  SC_HAS_PROCESS(Atc);
  SC_THREAD(run_invalidations);
}

core::LookupKey Atc::key_of(const spec::Access& access) const {
  // The cache's page size is the STU, or the next smaller granule.
  const unsigned stu = config_.stu_log2();
  const core::Granule granule = stu >= 16   ? core::Granule::k64K
                                : stu >= 14 ? core::Granule::k16K
                                            : core::Granule::k4K;
  return {.world = World::kAtc,
          .vmid = 0,
          .context = context_of(access.who),
          .granule = granule,
          .va = access.address};
}

Atc::Grant Atc::granted(const core::Translation& entry, const spec::Access& access,
                        TranslationUses::Use use) {
  use.narrow(entry.va, entry.va | bytes_below(entry.log2_size));
  return {Verdict::kTranslated, entry.pa | (access.address & bytes_below(entry.log2_size)), std::move(use)};
}

Atc::Grant Atc::translate(const spec::Access& access) {
  const core::LookupKey key = key_of(access);
  for (;;) {
    TranslationUses::Use use(uses_, key.context);
    if (!config_.ats_enabled()) return {.verdict = Verdict::kUntranslated};
    const u64 fills = fills_;
    const core::LookupResult found = cache_.lookup(key);
    if (found.status == core::LookupStatus::kHit && core::allows(found.entry.rights, access.intent)) {
      ++hits_;
      return granted(found.entry, access, std::move(use));
    }
    use.end();  // nothing found, nothing used: an invalidation need not wait for this request
    switch (found.status) {
      case core::LookupStatus::kHit:
        evict(key);  // only a new answer can bring the missing right
        break;
      case core::LookupStatus::kMiss:
        ++misses_;
        if (std::optional<Grant> grant = ask(access, found.mshr)) return std::move(*grant);
        break;
      case core::LookupStatus::kMerged:
      case core::LookupStatus::kFull:
        while (fills_ == fills) wait(filled_);
        break;
    }
  }
}

Atc::Ahead Atc::reserve_ahead(const spec::Access& access) {
  Ahead ahead;
  for (spec::Access next = access; ahead.count + 1u < ats_.translations; ++ahead.count) {
    next.address += u64{1} << config_.stu_log2();
    const core::LookupResult found = cache_.lookup(key_of(next));
    if (found.status != core::LookupStatus::kMiss) break;
    ahead.mshrs[ahead.count] = found.mshr;
  }
  return ahead;
}

// A first translation larger than the STU already covers the pages behind it.
void Atc::fill_ahead(const Ahead& ahead, const spec::Access& access, const transport::DmaAnswer& answer) {
  spec::Access next = access;
  for (u8 i = 0; i < ahead.count; ++i) {
    next.address += u64{1} << config_.stu_log2();
    const transport::AtsTranslation* const t =
        answer.ok() && i < answer.following.count && answer.translation.log2_size == config_.stu_log2()
            ? &answer.following.entries[i]
            : nullptr;
    const bool keep = t != nullptr && usable(*t);
    const core::Translation entry = keep ? entry_of(*t, next) : core::Translation{};
    if (keep)
      issuer_.facts().announce(trace::AtsFollowing{.who = access.who,
                                                   .va = entry.va,
                                                   .pa = entry.pa,
                                                   .log2_size = entry.log2_size,
                                                   .read = t->read,
                                                   .write = t->write});
    cache_.fill(ahead.mshrs[i], keep ? &entry : nullptr);
  }
}

std::optional<Atc::Grant> Atc::ask(const spec::Access& access, u8 mshr) {
  const Ahead ahead = reserve_ahead(access);
  const transport::DmaAnswer answer = request_translation(access, 1u + ahead.count);
  const transport::AtsTranslation& t = answer.translation;
  const bool holds = answer.ok() && usable(t);
  const core::Translation entry = entry_of(t, access);
  TranslationUses::Use use(uses_, context_of(access.who));
  const core::FillResult fill = cache_.fill(mshr, holds ? &entry : nullptr);
  fill_ahead(ahead, access, answer);
  ++fills_;
  filled_.notify();
  if (!answer.ok()) return Grant{.verdict = Verdict::kRefused};
  if (t.untranslated_only) return Grant{.verdict = Verdict::kUntranslated};
  if (!holds) return Grant{.verdict = Verdict::kNoAccess};
  if (fill.overtaken) {  // an invalidation came before the answer, which must not be used: ask again
    ++answers_dropped_;
    return std::nullopt;
  }
  if (!core::allows(entry.rights, access.intent)) return Grant{.verdict = Verdict::kNoAccess};
  return granted(entry, access, std::move(use));
}

transport::DmaAnswer Atc::request_translation(const spec::Access& access, unsigned translations) {
  const u64 page = access.address & ~bytes_below(12);
  issuer_.facts().announce(trace::AtsRequest{
      .who = access.who, .va = page, .no_write = !access.intent.write, .translations = translations});
  device::DmaRequest request;
  request.at = transport::AddressType::kTranslationRequest;
  request.access = access;
  request.access.address = page;
  request.translations = static_cast<u8>(translations);
  ++requests_in_flight_;
  const transport::DmaAnswer answer = issuer_.issue(request, page);
  --requests_in_flight_;
  const transport::AtsTranslation& t = answer.translation;
  issuer_.facts().announce(
      trace::AtsCompletion{.who = access.who,
                           .va = page,
                           .pa = t.address,
                           .log2_size = t.log2_size,
                           .read = t.read,
                           .write = t.write,
                           .status = answer.status,
                           .translations = answer.ok() ? 1u + answer.following.count : 0u});
  return answer;
}

void Atc::evict(const core::LookupKey& key) {
  cache_.invalidate({.scope = core::Invalidation::Scope::kVa,
                     .world = key.world,
                     .any_world = false,
                     .vmid = 0,
                     .context = key.context,
                     .any_context = false,
                     .first = key.va & ~bytes_below(12),
                     .last = key.va | bytes_below(12)});
}

void Atc::flush() {
  issuer_.facts().announce(trace::AtcFlushed{issuer_.stream_id()});
  cache_.invalidate({.scope = core::Invalidation::Scope::kAll, .world = World::kAtc});
}

void Atc::invalidate_request(const transport::MessageExtension& request) {
  issuer_.facts().announce(trace::AtcInvalidateReceived{.who = {issuer_.stream_id(), request.who.pasid},
                                                        .itag = request.itag,
                                                        .address = request.address,
                                                        .log2_size = request.log2_size});
  if (misbehaviour_.record_if_enabled(Misbehaviour::kIgnoreInvalidations, request.who.pasid, request.address))
    return;
  pending_.push_back(request);
  invalidation_arrived_.notify();
}

void Atc::run_invalidations() {
  for (;;) {
    while (pending_.empty()) wait(invalidation_arrived_);
    const transport::MessageExtension request = pending_.front();
    pending_.pop_front();
    invalidating_ = true;
    obey(request);
    invalidating_ = false;
  }
}

// Invalidations work while ATS is disabled, as software invalidates before it enables ATS and after it
// disables it (3.9.2).
void Atc::obey(const transport::MessageExtension& request) {
  using Scope = core::Invalidation::Scope;
  timing_.charge(ats_.invalidate_ps);
  const u64 first = request.log2_size >= 64 ? 0 : request.address & ~bytes_below(request.log2_size);
  const u64 last = first | bytes_below(request.log2_size);
  // Without a PASID the request also covers translations requested with any PASID; so
  // does the Global Invalidate flag.
  const bool one_context = request.who.pasid.has_value() && !request.global;
  const bool everything = request.log2_size >= 64;
  const Scope scope = !everything ? Scope::kVa : one_context ? Scope::kContext : Scope::kAll;
  const core::Invalidation what{.scope = scope,
                                .world = World::kAtc,
                                .any_world = false,
                                .vmid = 0,
                                .context = one_context ? *request.who.pasid : 0,
                                .any_context = !one_context,
                                .first = first,
                                .last = last};
  ++invalidations_;
  const bool drops =
      ats_.bug == core::HardwareBug::kAtcDropsInvalidation && invalidations_ % core::kStrikesOnceIn == 0;
  const core::InvalidateResult result = drops ? core::InvalidateResult{} : cache_.invalidate(what);
  entries_invalidated_ += result.entries;
  uses_.wait_until_unused(one_context ? request.who.pasid : std::nullopt, first, last);
  issuer_.facts().announce(trace::AtcInvalidateCompleted{
      .sid = issuer_.stream_id(), .itag = request.itag, .entries = result.entries});
  if (misbehaviour_.record_if_enabled(Misbehaviour::kSlowCompletions, request.who.pasid, request.address))
    transport::Timing::wait_ps(slow_ps_);
  transport::MessageExtension completion;
  completion.kind = transport::MessageKind::kInvalidateCompletion;
  completion.itag = request.itag;
  if (misbehaviour_.record_if_enabled(Misbehaviour::kWrongTag, request.who.pasid, request.address))
    completion.itag = static_cast<u8>((request.itag + 1) % ConfigSpace::kInvalidateQueueDepth);
  completion.itag_vector = 1u << completion.itag;
  completion.completion_count = static_cast<u8>(ats_.paths % spec::pcie::invalidate::kMaxCompletions);
  for (unsigned path = 0; path < ats_.paths; ++path) post_(completion);
}

void Atc::visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const {
  visit(prefix + ".atc.hits", hits_);
  visit(prefix + ".atc.misses", misses_);
  visit(prefix + ".atc.answers_dropped", answers_dropped_);
  visit(prefix + ".atc.invalidations", invalidations_);
  visit(prefix + ".atc.entries_invalidated", entries_invalidated_);
}

}  // namespace smmu_vp::pcie

// Lookup, Translation Requests and invalidation of the ATC.
#include "tlm/pcie/atc.h"

#include <optional>
#include <utility>

namespace smmu_vp::pcie {

namespace {

using core::World;

u32 context_of(bool has_pasid, u32 pasid) {
  return has_pasid ? pasid : core::kNoPasid;
}

u64 bytes_below(unsigned log2_size) {
  return log2_size >= 64 ? ~u64{0} : (u64{1} << log2_size) - 1;
}

// The completion names the range, and grants rights to the privilege that asked only: an ATC concludes
// nothing about the other (13.7). The Global bit is not used.
core::Translation entry_of(const transport::AtsTranslation& t, const Atc::Wish& wish) {
  core::Translation e;
  e.va = wish.va & ~bytes_below(t.log2_size);
  e.pa = t.address & ~bytes_below(t.log2_size);
  e.log2_size = e.leaf_log2_size = t.log2_size;
  (wish.priv ? e.rights.priv_read : e.rights.user_read) = t.read;
  (wish.priv ? e.rights.priv_write : e.rights.user_write) = t.write;
  (wish.priv ? e.rights.priv_exec : e.rights.user_exec) = t.exec;
  return e;
}

// Whether an ATC may keep it: no access is asked for again.
bool usable(const transport::AtsTranslation& t) {
  return !t.untranslated_only && (t.read || t.write || t.exec);
}

bool allows(const core::Rights& r, const Atc::Wish& wish) {
  if (wish.write) return wish.priv ? r.priv_write : r.user_write;
  if (wish.exec) return wish.priv ? r.priv_exec : r.user_exec;
  return wish.priv ? r.priv_read : r.user_read;
}

}  // namespace

Atc::Atc(sc_core::sc_module_name name, const ConfigSpace& config, Requester& requester,
         Misconduct& misconduct, core::TranslationCachePort& cache, const AtsConfig& ats, u64 slow_ps,
         transport::Timing& timing, Post post)
    : sc_module(name),
      config_(config),
      requester_(requester),
      misconduct_(misconduct),
      cache_(cache),
      ats_(ats),
      slow_ps_(slow_ps),
      timing_(timing),
      post_(std::move(post)) {
  SC_HAS_PROCESS(Atc);
  SC_THREAD(run_invalidations);
}

core::LookupKey Atc::key_of(const Wish& wish) const {
  // The page bank's page is the smallest translation unit, as far as there is one of that size.
  const unsigned stu = config_.stu_log2();
  const core::Granule granule = stu >= 16   ? core::Granule::k64K
                                : stu >= 14 ? core::Granule::k16K
                                            : core::Granule::k4K;
  return {.world = World::kAtc,
          .vmid = 0,
          .context = context_of(wish.has_pasid, wish.pasid),
          .granule = granule,
          .va = wish.va};
}

Atc::Grant Atc::granted(const core::Translation& entry, const Wish& wish, TranslationUses::Use use) {
  use.narrow(entry.va, entry.va | bytes_below(entry.log2_size));
  return {Verdict::kTranslated, entry.pa | (wish.va & bytes_below(entry.log2_size)), std::move(use)};
}

Atc::Grant Atc::translate(const Wish& wish) {
  const core::LookupKey key = key_of(wish);
  for (;;) {
    TranslationUses::Use use(uses_, key.context);
    if (!config_.ats_enabled()) return {.verdict = Verdict::kUntranslated};
    const u64 fills = fills_;
    const core::LookupResult found = cache_.lookup(key);
    if (found.status == core::LookupStatus::kHit && allows(found.entry.rights, wish)) {
      ++hits_;
      return granted(found.entry, wish, std::move(use));
    }
    use.end();  // nothing found, nothing used: an invalidation need not wait for this request
    switch (found.status) {
      case core::LookupStatus::kHit:
        evict(key);  // only a new answer can bring the right that is missing
        break;
      case core::LookupStatus::kMiss:
        ++misses_;
        if (std::optional<Grant> grant = ask(wish, found.mshr)) return std::move(*grant);
        break;
      case core::LookupStatus::kMerged:
      case core::LookupStatus::kFull:
        while (fills_ == fills) wait(filled_);
        break;
    }
  }
}

Atc::Ahead Atc::reserve_ahead(const Wish& wish) {
  Ahead ahead;
  for (Wish next = wish; ahead.count + 1u < ats_.translations; ++ahead.count) {
    next.va += u64{1} << config_.stu_log2();
    const core::LookupResult found = cache_.lookup(key_of(next));
    if (found.status != core::LookupStatus::kMiss) break;
    ahead.mshrs[ahead.count] = found.mshr;
  }
  return ahead;
}

// A larger first translation covers the pages behind it itself.
void Atc::fill_ahead(const Ahead& ahead, const Wish& wish, const DmaAnswer& answer) {
  Wish next = wish;
  for (u8 i = 0; i < ahead.count; ++i) {
    next.va += u64{1} << config_.stu_log2();
    const transport::AtsTranslation* const t =
        answer.ok() && i < answer.following.count && answer.translation.log2_size == config_.stu_log2()
            ? &answer.following.entries[i]
            : nullptr;
    const bool keep = t != nullptr && usable(*t);
    const core::Translation entry = keep ? entry_of(*t, next) : core::Translation{};
    cache_.fill(ahead.mshrs[i], keep ? &entry : nullptr);
  }
}

std::optional<Atc::Grant> Atc::ask(const Wish& wish, u8 mshr) {
  const Ahead ahead = reserve_ahead(wish);
  const DmaAnswer answer = request_translation(wish, !wish.write, 1u + ahead.count);
  const transport::AtsTranslation& t = answer.translation;
  const bool holds = answer.ok() && usable(t);
  const core::Translation entry = entry_of(t, wish);
  TranslationUses::Use use(uses_, context_of(wish.has_pasid, wish.pasid));
  const core::FillResult fill = cache_.fill(mshr, holds ? &entry : nullptr);
  fill_ahead(ahead, wish, answer);
  ++fills_;
  filled_.notify();
  if (!answer.ok()) return Grant{.verdict = Verdict::kRefused};
  if (t.untranslated_only) return Grant{.verdict = Verdict::kUntranslated};
  if (!holds) return Grant{.verdict = Verdict::kNoAccess};
  if (fill.dropped) {  // an invalidation overtook the answer: it must not be used, so ask again
    ++answers_dropped_;
    return std::nullopt;
  }
  if (!allows(entry.rights, wish)) return Grant{.verdict = Verdict::kNoAccess};
  return granted(entry, wish, std::move(use));
}

DmaAnswer Atc::request_translation(const Wish& wish, bool no_write, unsigned translations) {
  const u64 page = wish.va & ~bytes_below(12);
  requester_.facts().announce(trace::AtsRequest{.sid = requester_.stream_id(),
                                                .ssid = wish.pasid,
                                                .ssv = wish.has_pasid,
                                                .va = page,
                                                .no_write = no_write,
                                                .translations = translations});
  DmaRequest request;
  request.at = transport::AddressType::kTranslationRequest;
  request.has_pasid = wish.has_pasid;
  request.pasid = wish.pasid;
  request.exec = wish.exec;
  request.priv = wish.priv;
  request.no_write = no_write;
  request.translations = static_cast<u8>(translations);
  request.write = wish.write;
  request.address = page;
  ++requests_in_flight_;
  const DmaAnswer answer = requester_.issue(request, page);
  --requests_in_flight_;
  const transport::AtsTranslation& t = answer.translation;
  requester_.facts().announce(
      trace::AtsCompletion{.sid = requester_.stream_id(),
                           .ssid = wish.pasid,
                           .va = page,
                           .pa = t.address,
                           .log2_size = t.log2_size,
                           .read = t.read,
                           .write = t.write,
                           .status = answer.ok() ? "Success" : access_status_name(answer.status),
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
  cache_.invalidate({.scope = core::Invalidation::Scope::kAll, .world = World::kAtc});
}

void Atc::invalidate_request(const transport::MessageExtension& request) {
  requester_.facts().announce(trace::AtcInvalidateReceived{.sid = requester_.stream_id(),
                                                           .ssid = request.pasid,
                                                           .itag = request.itag,
                                                           .ssv = request.has_pasid,
                                                           .address = request.address,
                                                           .log2_size = request.log2_size});
  if (misconduct_.commits(Misbehaviour::kIgnoreInvalidations, request.pasid, request.address)) return;
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

// Obeyed whether or not ATS is enabled: software cleans up before it enables ATS and after it disabled it
// (3.9.2).
void Atc::obey(const transport::MessageExtension& request) {
  using Scope = core::Invalidation::Scope;
  timing_.charge(ats_.invalidate_ps);
  const u64 first = request.log2_size >= 64 ? 0 : request.address & ~bytes_below(request.log2_size);
  const u64 last = first | bytes_below(request.log2_size);
  // Without a PASID the request covers what was asked for with any PASID as well; so does the Global
  // Invalidate flag.
  const bool one_context = request.has_pasid && !request.global;
  const bool everything = request.log2_size >= 64;
  const Scope scope = !everything ? Scope::kVa : one_context ? Scope::kContext : Scope::kAll;
  const core::InvalidateResult result = cache_.invalidate({.scope = scope,
                                                           .world = World::kAtc,
                                                           .any_world = false,
                                                           .vmid = 0,
                                                           .context = one_context ? request.pasid : 0,
                                                           .any_context = !one_context,
                                                           .first = first,
                                                           .last = last});
  ++invalidations_;
  entries_invalidated_ += result.entries;
  uses_.wait_until_unused(one_context ? std::optional<u32>(request.pasid) : std::nullopt, first, last);
  requester_.facts().announce(trace::AtcInvalidateCompleted{
      .sid = requester_.stream_id(), .itag = request.itag, .entries = result.entries});
  if (misconduct_.commits(Misbehaviour::kSlowCompletions, request.pasid, request.address))
    transport::Timing::wait_ps(slow_ps_);
  transport::MessageExtension completion;
  completion.kind = transport::MessageKind::kInvalidateCompletion;
  completion.itag = request.itag;
  if (misconduct_.commits(Misbehaviour::kWrongTag, request.pasid, request.address))
    completion.itag = static_cast<u8>((request.itag + 1) % ConfigSpace::kInvalidateQueueDepth);
  completion.itag_vector = 1u << completion.itag;
  completion.completion_count = static_cast<u8>(ats_.paths % spec::pcie::invalidate::kMaxCompletions);
  for (unsigned path = 0; path < ats_.paths; ++path) post_(completion);
}

void Atc::visit_counters(const std::string& prefix, const CounterVisitor& visit) const {
  visit(prefix + ".atc.hits", hits_);
  visit(prefix + ".atc.misses", misses_);
  visit(prefix + ".atc.answers_dropped", answers_dropped_);
  visit(prefix + ".atc.invalidations", invalidations_);
  visit(prefix + ".atc.entries_invalidated", entries_invalidated_);
}

}  // namespace smmu_vp::pcie

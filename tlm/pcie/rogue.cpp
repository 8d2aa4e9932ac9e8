// When and how the endpoint breaks each rule.
#include "tlm/pcie/rogue.h"

#include <algorithm>
#include <array>

#include "tlm/transport/timing.h"

namespace smmu_vp::pcie {

namespace {

using transport::AddressType;

constexpr int kStackBytes = 256 << 10;  // the thread runs through SMMU and RTL
constexpr u64 kPageMask = ~u64{4095};
constexpr unsigned kAccessBytes = 64;
constexpr u64 kLongestPausePs = 5'000'000;
constexpr u64 kMostReactions = 4, kMostPagesAway = 64, kFlood = 48, kPasids = 64;

// Misbehaviours with traffic of their own. The others do wrong what the device was asked to do.
constexpr std::array kOnOwnInitiative = {
    Misbehaviour::kForgeTranslated,  Misbehaviour::kForgeTranslatedWrites, Misbehaviour::kStaleTranslated,
    Misbehaviour::kPageRequestFlood, Misbehaviour::kDmaAfterStop,          Misbehaviour::kForeignPasid,
    Misbehaviour::kAtsWhileDisabled, Misbehaviour::kSurpriseRemoval};

}  // namespace

Rogue::Rogue(sc_core::sc_module_name name, MisbehaviourControl& misbehaviour, const ConfigSpace& config,
             device::DmaIssuer& issuer, Post post, std::function<void()> remove, u64 seed)
    : sc_module(name),
      misbehaviour_(misbehaviour),
      config_(config),
      issuer_(issuer),
      post_(std::move(post)),
      remove_(std::move(remove)),
      random_(seed) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  sc_core::sc_spawn([this] { run(); }, "misbehave", &options);
}

void Rogue::accessed(const spec::Access& access, u64 pa) {
  if (access.who.pasid) given_.insert(*access.who.pasid);
  known_.push_back({access.who.pasid, access.address & kPageMask, pa & kPageMask});
  if (known_.size() > kRemembered) known_.pop_front();
  react();
}

void Rogue::invalidated(const transport::MessageExtension& request) {
  const u64 below = request.log2_size >= 64 ? ~u64{0} : (u64{1} << request.log2_size) - 1;
  for (const Known& k : known_) {
    const bool context = !request.who.pasid || k.pasid == request.who.pasid;
    if (context && k.pa != 0 && (k.va & ~below) == (request.address & ~below)) stale_.push_back(k);
  }
  while (stale_.size() > kRemembered) stale_.pop_front();
  react();
}

void Rogue::stopped(u32 pasid) {
  stopped_.insert(pasid);
  react();
}

void Rogue::react() {
  const bool able = std::any_of(kOnOwnInitiative.begin(), kOnOwnInitiative.end(),
                                [&](Misbehaviour m) { return misbehaviour_.enabled(m); });
  if (!able || reactions_due_ == kMostReactions) return;
  ++reactions_due_;
  reaction_due_.notify();
}

void Rogue::run() {
  for (;;) {
    while (reactions_due_ == 0) sc_core::wait(reaction_due_);
    for (u64 n = 1 + below(kMostReactions); n != 0; --n) {
      transport::Timing::wait_ps(1 + below(kLongestPausePs));
      misbehave();
    }
    --reactions_due_;
  }
}

void Rogue::misbehave() {
  if (gone_) return;
  std::vector<Misbehaviour> on;
  for (const Misbehaviour m : kOnOwnInitiative)
    if (misbehaviour_.enabled(m)) on.push_back(m);
  if (!on.empty()) perform(on[below(on.size())]);
}

void Rogue::perform(Misbehaviour which) {
  switch (which) {
    case Misbehaviour::kForgeTranslated:
      return forge(which, false);
    case Misbehaviour::kForgeTranslatedWrites:
      return forge(which, true);
    case Misbehaviour::kStaleTranslated:
      return reuse_stale();
    case Misbehaviour::kPageRequestFlood:
      return flood();
    case Misbehaviour::kDmaAfterStop:
      return use_stopped();
    case Misbehaviour::kForeignPasid:
      return use_foreign();
    case Misbehaviour::kAtsWhileDisabled:
      return use_disabled_ats();
    case Misbehaviour::kSurpriseRemoval:
      if (below(8) != 0 || !misbehaviour_.record_if_enabled(which)) return;
      gone_ = true;
      return remove_();
    default:
      return;
  }
}

// Picks an address near a physical address it has seen, where others probably have memory, or anywhere.
void Rogue::forge(Misbehaviour which, bool write) {
  if (known_.empty()) return;
  const Known& k = any(known_);
  const u64 away = (below(2 * kMostPagesAway) - kMostPagesAway) * 4096;
  const u64 pa = (k.pa != 0 ? k.pa : 0x8000'0000 + below(1024) * 4096) + away;
  if (misbehaviour_.record_if_enabled(which, k.pasid, pa))
    access(AddressType::kTranslated, k.pasid, pa, write);
}

void Rogue::reuse_stale() {
  if (stale_.empty()) return;
  const Known k = any(stale_);
  if (misbehaviour_.record_if_enabled(Misbehaviour::kStaleTranslated, k.pasid, k.va))
    access(AddressType::kTranslated, k.pasid, k.pa, false);
}

// Bypasses its page requester, which would respect the allocation.
void Rogue::flood() {
  if (given_.empty() || !misbehaviour_.record_if_enabled(Misbehaviour::kPageRequestFlood)) return;
  for (u64 n = 0; n < kFlood; ++n) {
    transport::MessageExtension m;
    m.kind = transport::MessageKind::kPageRequest;
    m.who = {issuer_.stream_id(), *given_.begin()};
    m.address = (random_() & 0x7FFF'FFFF'F000);
    m.intent = {.read = true};
    m.last = below(8) == 0;
    m.prg_index = static_cast<u16>(below(512));
    issuer_.facts().announce(
        trace::PageRequestIssued{.who = m.who,
                                 .prg_index = m.prg_index,
                                 .address = m.address,
                                 .intent = m.intent,
                                 .last = m.last,
                                 .response_needs_pasid = config_.prg_response_pasid_required()});
    post_(m);
  }
}

void Rogue::use_stopped() {
  if (stopped_.empty() || known_.empty()) return;
  const u32 pasid = *stopped_.begin();
  const Known k = any(known_);
  if (!misbehaviour_.record_if_enabled(Misbehaviour::kDmaAfterStop, pasid, k.va)) return;
  access(AddressType::kUntranslated, pasid, k.va, below(2) == 0);
  if (config_.ats_enabled()) ask_translation(pasid, k.va);
}

// Otherwise within its capabilities: to exceed these is another misbehaviour.
void Rogue::use_foreign() {
  if (!config_.pasid_enabled()) return;
  u32 pasid = 1 + static_cast<u32>(below(kPasids));
  while (given_.contains(pasid)) ++pasid;
  const u64 va = known_.empty() ? random_() & 0x7FFF'FFFF'F000 : any(known_).va;
  if (!misbehaviour_.record_if_enabled(Misbehaviour::kForeignPasid, pasid, va)) return;
  access(AddressType::kUntranslated, pasid, va, below(2) == 0);
  if (config_.ats_enabled()) ask_translation(pasid, va);
}

void Rogue::use_disabled_ats() {
  if (config_.ats_enabled() || known_.empty()) return;
  const Known k = any(known_);
  if (!misbehaviour_.record_if_enabled(Misbehaviour::kAtsWhileDisabled, k.pasid, k.va)) return;
  ask_translation(k.pasid, k.va);
  if (k.pa != 0) access(AddressType::kTranslated, k.pasid, k.pa, false);
}

void Rogue::access(AddressType at, std::optional<u32> pasid, u64 address, bool write) {
  std::array<u64, kAccessBytes / sizeof(u64)> data;
  for (u64& word : data) word = random_();
  device::DmaRequest request;
  request.at = at;
  request.access = {{issuer_.stream_id(), pasid}, address, {.read = !write, .write = write}};
  request.data = data.data();
  request.bytes = kAccessBytes;
  issuer_.issue(request, address);
}

void Rogue::ask_translation(std::optional<u32> pasid, u64 va) {
  device::DmaRequest request;
  request.at = AddressType::kTranslationRequest;
  request.access = {{issuer_.stream_id(), pasid}, va, {.read = true, .write = true}};
  issuer_.issue(request, va);
}

}  // namespace smmu_vp::pcie

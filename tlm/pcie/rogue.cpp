// The deeds.
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
constexpr u64 kMostDeeds = 4, kMostPagesAway = 64, kFlood = 48, kPasids = 64;

// Those done of its own accord; the others are ways of doing what it is asked to.
constexpr std::array kDeeds = {Misbehaviour::kForgeTranslated,  Misbehaviour::kForgeTranslatedWrites,
                               Misbehaviour::kStaleTranslated,  Misbehaviour::kPageRequestFlood,
                               Misbehaviour::kDmaAfterStop,     Misbehaviour::kForeignPasid,
                               Misbehaviour::kAtsWhileDisabled, Misbehaviour::kSurpriseRemoval};

}  // namespace

Rogue::Rogue(sc_core::sc_module_name name, Misconduct& misconduct, const ConfigSpace& config,
             Requester& requester, Post post, std::function<void()> remove, u64 seed)
    : sc_module(name),
      misconduct_(misconduct),
      config_(config),
      requester_(requester),
      post_(std::move(post)),
      remove_(std::move(remove)),
      random_(seed) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kStackBytes);
  sc_core::sc_spawn([this] { run(); }, "deeds", &options);
}

void Rogue::accessed(const DmaAccess& access, u64 pa) {
  if (access.has_pasid) given_.insert(access.pasid);
  known_.push_back({access.has_pasid, access.pasid, access.address & kPageMask, pa & kPageMask});
  if (known_.size() > kRemembered) known_.pop_front();
  occasion();
}

void Rogue::invalidated(const transport::MessageExtension& request) {
  const u64 below = request.log2_size >= 64 ? ~u64{0} : (u64{1} << request.log2_size) - 1;
  for (const Known& k : known_) {
    const bool context = !request.has_pasid || (k.has_pasid && k.pasid == request.pasid);
    if (context && k.pa != 0 && (k.va & ~below) == (request.address & ~below)) stale_.push_back(k);
  }
  while (stale_.size() > kRemembered) stale_.pop_front();
  occasion();
}

void Rogue::stopped(u32 pasid) {
  stopped_.insert(pasid);
  occasion();
}

void Rogue::occasion() {
  const bool able =
      std::any_of(kDeeds.begin(), kDeeds.end(), [&](Misbehaviour d) { return misconduct_.is(d); });
  if (!able || due_ == kMostDeeds) return;
  ++due_;
  due_event_.notify();
}

void Rogue::run() {
  for (;;) {
    while (due_ == 0) sc_core::wait(due_event_);
    for (u64 n = 1 + below(kMostDeeds); n != 0; --n) {
      transport::Timing::wait_ps(1 + below(kLongestPausePs));
      act();
    }
    --due_;
  }
}

void Rogue::act() {
  if (gone_) return;
  std::vector<Misbehaviour> on;
  for (const Misbehaviour deed : kDeeds)
    if (misconduct_.is(deed)) on.push_back(deed);
  if (!on.empty()) commit(on[below(on.size())]);
}

void Rogue::commit(Misbehaviour which) {
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
      if (below(8) != 0 || !misconduct_.commits(which)) return;
      gone_ = true;
      return remove_();
    default:
      return;
  }
}

// Near what it knows, for that is where memory of others is; without a translation to go by, anywhere.
void Rogue::forge(Misbehaviour which, bool write) {
  if (known_.empty()) return;
  const Known& k = any(known_);
  const u64 away = (below(2 * kMostPagesAway) - kMostPagesAway) * 4096;
  const u64 pa = (k.pa != 0 ? k.pa : 0x8000'0000 + below(1024) * 4096) + away;
  if (misconduct_.commits(which, k.pasid, pa))
    access(AddressType::kTranslated, k.has_pasid, k.pasid, pa, write);
}

void Rogue::reuse_stale() {
  if (stale_.empty()) return;
  const Known k = any(stale_);
  if (misconduct_.commits(Misbehaviour::kStaleTranslated, k.pasid, k.va))
    access(AddressType::kTranslated, k.has_pasid, k.pasid, k.pa, false);
}

// Straight to the link: its own page requester knows nothing of these.
void Rogue::flood() {
  if (given_.empty() || !misconduct_.commits(Misbehaviour::kPageRequestFlood)) return;
  for (u64 n = 0; n < kFlood; ++n) {
    transport::MessageExtension m;
    m.kind = transport::MessageKind::kPageRequest;
    m.has_pasid = true;
    m.pasid = *given_.begin();
    m.address = (random_() & 0x7FFF'FFFF'F000);
    m.read = true;
    m.last = below(8) == 0;
    m.prg_index = static_cast<u16>(below(512));
    post_(m);
  }
}

void Rogue::use_stopped() {
  if (stopped_.empty() || known_.empty()) return;
  const u32 pasid = *stopped_.begin();
  const Known k = any(known_);
  if (!misconduct_.commits(Misbehaviour::kDmaAfterStop, pasid, k.va)) return;
  access(AddressType::kUntranslated, true, pasid, k.va, below(2) == 0);
  ask_translation(pasid, k.va);
}

void Rogue::use_foreign() {
  u32 pasid = 1 + static_cast<u32>(below(kPasids));
  while (given_.contains(pasid)) ++pasid;
  const u64 va = known_.empty() ? random_() & 0x7FFF'FFFF'F000 : any(known_).va;
  if (!misconduct_.commits(Misbehaviour::kForeignPasid, pasid, va)) return;
  access(AddressType::kUntranslated, true, pasid, va, below(2) == 0);
  ask_translation(pasid, va);
}

void Rogue::use_disabled_ats() {
  if (config_.ats_enabled() || known_.empty()) return;
  const Known k = any(known_);
  if (!misconduct_.commits(Misbehaviour::kAtsWhileDisabled, k.pasid, k.va)) return;
  ask_translation(k.pasid, k.va);
  if (k.pa != 0) access(AddressType::kTranslated, k.has_pasid, k.pasid, k.pa, false);
}

void Rogue::access(AddressType at, bool has_pasid, u32 pasid, u64 address, bool write) {
  std::array<u64, kAccessBytes / sizeof(u64)> data;
  for (u64& word : data) word = random_();
  DmaRequest request;
  request.at = at;
  request.has_pasid = has_pasid;
  request.pasid = pasid;
  request.write = write;
  request.address = address;
  request.data = data.data();
  request.bytes = kAccessBytes;
  requester_.issue(request, address);
}

void Rogue::ask_translation(u32 pasid, u64 va) {
  DmaRequest request;
  request.at = AddressType::kTranslationRequest;
  request.has_pasid = true;
  request.pasid = pasid;
  request.address = va;
  requester_.issue(request, va);
}

}  // namespace smmu_vp::pcie

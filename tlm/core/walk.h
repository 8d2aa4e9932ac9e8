// From an address to a translation through the enabled stages: the walks of VMSAv8-64 (D8.2 to D8.5), in the
// fault order of 7.3.22.
#pragma once

#include <cassert>
#include <optional>

#include "tlm/core/stage2_walk.h"

namespace smmu_vp::core {

// The table that an address selects, TTB0 or TTB1 (3.4.1).
inline const TranslationTable& table_of(const Context& context, u64 va) {
  return context.tables[va >> 55 & 1];
}

// The address to look up, with TBI applied. Nothing (F_TRANSLATION) when it is outside the range of its table
// or E0PD denies it to unprivileged accesses. Inline, as every access comes through here.
inline std::optional<u64> canonical_address(const Context& context, const spec::Access& access) {
  const TranslationTable& table = table_of(context, access.address);
  if (table.unprivileged_denied && !access.intent.priv) return std::nullopt;
  const u64 sign = access.address >> 55 & 1 ? ~u64{0} : 0;
  constexpr u64 kTopByte = u64{0xFF} << 56;
  const u64 va = table.top_byte_ignored ? (access.address & ~kTopByte) | (sign & kTopByte) : access.address;
  // A disabled table's TxSZ is ignored (5.4.1.1); the TLB decides whether anything matches.
  if (!table.walk_disabled && (va ^ sign) >> table.input_bits != 0) return std::nullopt;
  return va;
}

// The stages of one translation; at least one is present.
struct Regime {
  const Context* stage1 = nullptr;
  const Stage2* stage2 = nullptr;
};
inline Regime regime_of(const Configuration& found) {
  return {found.stage1 ? &found.context : nullptr, found.stream.stage2 ? &found.stream.s2 : nullptr};
}

inline LookupKey lookup_key(const Context& context, u64 va) {
  return {.world = context.world,
          .vmid = context.vmid,
          .context = context.asid,
          .granule = table_of(context, va).granule,
          .va = va};
}
inline LookupKey lookup_key(const Stage2& stage2, u64 ipa) {
  return {.world = World::kNsEl1,
          .vmid = stage2.vmid,
          .context = kStage2Context,
          .granule = stage2.granule,
          .va = ipa};
}
inline LookupKey lookup_key(const Configuration& found, u64 address) {
  assert(found.translates());
  return found.stage1 ? lookup_key(found.context, address) : lookup_key(found.stream.s2, address);
}

struct WalkRequest {
  u64 address;  // a canonical VA, or an IPA with stage 2 only
  spec::Intent intent{};
  // Returns what is permitted instead of faulting on what is not, including the dirty state (ATS, 3.13.7).
  bool probe = false;
  // Which rights let a probe read. INSTCFG can turn the stream's reads into instruction fetches, which need
  // the right to execute (13.7).
  bool by_read = true, by_exec = false;
};
inline WalkRequest walk_request(const spec::Access& access, u64 address) {
  WalkRequest request{.address = address, .intent = access.intent};
  request.intent.exec &= !access.intent.write;
  return request;
}

// The walk for an ATS Translation Request.
inline WalkRequest ats_request(const spec::Access& access, u64 address, const StreamConfig& stream) {
  WalkRequest request = walk_request(access, address);
  request.probe = true;
  request.by_exec = stream.instcfg == spec::ste::kInstcfgInstruction;
  request.by_read = !request.by_exec;
  return request;
}

// The invalidation of an entry that a lookup found.
inline Invalidation page_of(const LookupKey& key, const Translation& entry) {
  return {.scope = Invalidation::Scope::kVa,
          .world = key.world,
          .vmid = key.vmid,
          .context = key.context,
          .first = entry.va,
          .last = entry.va + ((u64{1} << entry.log2_size) - 1)};
}

// Whether a walk is needed although a TLB entry answers: to find which stage refuses, or
// that the page is writable-clean.
inline bool walk_tells_more(const Regime& regime, const WalkRequest& request) {
  const bool updates = (regime.stage1 != nullptr && regime.stage1->updates_dirty_state) ||
                       (regime.stage2 != nullptr && regime.stage2->updates_dirty_state);
  return (updates && request.intent.write) || (regime.stage2 != nullptr && !request.probe);
}

struct WalkResult {
  std::optional<Fault> fault;
  Translation translation;
  bool cacheable = true;  // `translation` is valid and may be cached, even with an F_PERMISSION
  u64 ipa = 0;            // stage 1's output for the requested address
};

class Walker {
 public:
  Walker(MemoryPort& memory, WalkCache& cache, Stage2Walker& stage2, unsigned oas_bits,
         const trace::SmmuBus& facts)
      : memory_(memory), cache_(cache), stage2_(stage2), oas_bits_(oas_bits), facts_(facts) {}

  WalkResult walk(u64 transaction, const Regime& regime, const WalkRequest& request);

  // By both stages.
  DescriptorReads descriptors_read() const { return descriptors_read_ + stage2_.descriptors_read(); }

 private:
  struct Step;
  void announce_begin(u64 transaction, const Regime& regime, u64 address) const;
  void announce_found(u64 transaction, const Regime& regime, u64 address, const Translation& found) const;
  WalkResult run(u64 transaction, const Regime& regime, const WalkRequest& request);
  WalkResult stage1(u64 transaction, const Regime& regime, const WalkRequest& request);
  WalkResult stage2_alone(u64 transaction, const Stage2& stage2, const WalkRequest& request);
  std::optional<Fault> descend(Step& step);
  // Where a stage 1 descriptor is in memory, and how it is accessed.
  struct Place {
    u64 pa;
    spec::MemoryType type;
  };
  // Under stage 2, the place of a stage 1 descriptor, with the right to read or write it there.
  std::optional<Fault> locate(const Step& step, u64 address, bool write, Place& place);
  // Writes the descriptor back; kChanged when another agent changed it first.
  Swap update(const Step& step, u64 wanted, std::optional<Fault>& fault);
  void through_stage2(WalkResult& result, const Step& step, const Rights& rights);

  MemoryPort& memory_;
  WalkCache& cache_;
  Stage2Walker& stage2_;
  unsigned oas_bits_;
  trace::SmmuBus facts_;
  DescriptorReads descriptors_read_;
};

}  // namespace smmu_vp::core

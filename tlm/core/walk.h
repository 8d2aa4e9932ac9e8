// The stage 1 translation table walk of VMSAv8-64 (D8.2, D8.3), in the fault order of 7.3.22.
#pragma once

#include <optional>

#include "tlm/core/ports.h"
#include "tlm/core/walk_cache.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::core {

// Which of TTB0 and TTB1 an address selects (3.4.1).
inline const TranslationTable& table_of(const Context& context, u64 va) {
  return context.tables[va >> 55 & 1];
}

// The address to look up with: TBI applied; nothing when the address lies outside the range of the table it
// selects, or is denied to unprivileged accesses (E0PD): F_TRANSLATION. Inline, as each access passes here.
inline std::optional<u64> canonical_address(const Context& context, const Access& access) {
  const TranslationTable& table = table_of(context, access.address);
  if (table.unprivileged_denied && !access.priv) return std::nullopt;
  const u64 sign = access.address >> 55 & 1 ? ~u64{0} : 0;
  constexpr u64 kTopByte = u64{0xFF} << 56;
  const u64 va = table.top_byte_ignored ? (access.address & ~kTopByte) | (sign & kTopByte) : access.address;
  // A disabled table's TxSZ is ignored (5.4.1.1); whether anything matches is up to the TLB.
  if (!table.walk_disabled && (va ^ sign) >> table.input_bits != 0) return std::nullopt;
  return va;
}

inline LookupKey lookup_key(const Context& context, u64 va) {
  return {.world = context.world,
          .vmid = context.vmid,
          .context = context.asid,
          .granule = table_of(context, va).granule,
          .va = va};
}

struct WalkResult {
  std::optional<Fault> fault;
  Translation translation;
  bool cacheable = true;
};

class Walker {
 public:
  Walker(MemoryPort& memory, WalkCache& cache, unsigned oas_bits, const trace::Bus& facts)
      : memory_(memory), cache_(cache), oas_bits_(oas_bits), facts_(facts) {}

  // `va` is canonical.
  WalkResult walk(u64 transaction, const Context& context, u64 va);

  u64 descriptors_read() const { return descriptors_read_; }

 private:
  struct Step;
  WalkResult run(u64 transaction, const Context& context, u64 va);
  std::optional<Fault> descend(Step& step, u64 va);
  Translation leaf(const Step& step, const Context& context, u64 va) const;

  MemoryPort& memory_;
  WalkCache& cache_;
  unsigned oas_bits_;
  const trace::Bus& facts_;
  u64 descriptors_read_ = 0;
};

}  // namespace smmu_vp::core

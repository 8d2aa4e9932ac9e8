// The stage 1 translation table walk of VMSAv8-64 (D8.2, D8.3), in the fault order of 7.3.22.
#pragma once

#include <optional>

#include "tlm/core/ports.h"
#include "tlm/core/walk_cache.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::core {

// The address to look up with: TBI applied; nothing when the address lies outside the range of the table it
// selects, or is denied to unprivileged accesses (E0PD): F_TRANSLATION.
std::optional<u64> canonical_address(const Context& context, const Access& access);

// Which of TTB0 and TTB1 an address selects (3.4.1).
inline const TranslationTable& table_of(const Context& context, u64 va) {
  return context.tables[va >> 55 & 1];
}

LookupKey lookup_key(const Context& context, u64 va);

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

// Stage 2: from an IPA to a PA, for a transaction, for a stage 1 descriptor, or for a CD (3.3.2, 13.4.3).
#pragma once

#include "tlm/core/attributes.h"
#include "tlm/core/configuration.h"
#include "tlm/core/descriptor_reads.h"
#include "tlm/core/ports.h"
#include "tlm/core/table_walk.h"
#include "tlm/trace/smmu_bus.h"

namespace smmu_vp::core {

struct IpaAccess {
  u64 ipa;
  u8 of = spec::evt::kClassIN;  // CLASS
  spec::Intent intent{};
  // Returns what is permitted instead of faulting on what is not (ATS). Never set for CD or TT.
  bool probe = false;
};

struct Stage2Result {
  std::optional<Fault> fault;
  u64 pa = 0;
  u8 log2_size = 12, leaf_log2_size = 12;
  Rights rights;
  u8 attributes = 0;  // MemAttr[3:0] of the descriptor
  u8 shareability = 0;
};

// The type that stage 2 gives a page, to combine with stage 1's or the access's own.
inline Stage2Type stage2_type(const Stage2Result& found, const Stage2& config) {
  return {found.attributes, found.shareability, config.forces_attributes};
}

class Stage2Walker {
 public:
  Stage2Walker(MemoryPort& memory, WalkCache& cache, unsigned oas_bits, const trace::SmmuBus& facts)
      : memory_(memory), cache_(cache), oas_bits_(oas_bits), facts_(facts) {}

  Stage2Result translate(u64 transaction, const Stage2& config, const IpaAccess& access);

  const DescriptorReads& descriptors_read() const { return descriptors_read_; }

 private:
  std::optional<Fault> descend(u64 transaction, const Stage2& config, TableWalk& walk,
                               WalkCache::Ticket& ticket, const IpaAccess& access, u64& descriptor_pa);

  MemoryPort& memory_;
  WalkCache& cache_;
  unsigned oas_bits_;
  trace::SmmuBus facts_;
  DescriptorReads descriptors_read_;
};

// Whether MemAttr selects a Device type; its encoding depends on FWB (D8.6).
bool is_device(u8 stage2_attributes, bool forces_attributes);

// The start level from STE.S2SL0, S2TG and S2T0SZ; nothing when they are inconsistent (D8.2.2).
std::optional<int> stage2_start_level(Granule granule, u64 sl0, unsigned input_bits, const SmmuFeatures& f);

}  // namespace smmu_vp::core

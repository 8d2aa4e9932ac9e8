// The commands of chapter 4: which are legal, and what each makes the SMMU do.
#pragma once

#include "tlm/core/tlb_scope.h"

namespace smmu_vp::core {

using spec::StallAction;

// The addresses first, first + stride, …: `count` of them.
struct PrefetchSpan {
  u64 first, stride, count;
};

// The effects that commands have. All but synchronize() may return before the effect is complete.
class CommandEffects {
 public:
  virtual ~CommandEffects() = default;
  virtual void prefetch_configuration(const spec::Requester& who) = 0;
  virtual void prefetch_translations(const spec::Requester& who, const PrefetchSpan& span) = 0;
  virtual void invalidate_streams(u32 first, u32 last, bool leaf) = 0;
  virtual void invalidate_context(const spec::Requester& context, bool leaf) = 0;
  virtual void invalidate_contexts(u32 sid) = 0;
  virtual void invalidate_translations(const TlbScope& scope) = 0;
  // log2_size 64 means every address.
  virtual void invalidate_atc(const spec::Requester& who, bool global, u64 address, u8 log2_size) = 0;
  virtual void respond_to_page_request(const spec::Requester& who, u16 prg_index, spec::Resp response) = 0;
  virtual void resume(u32 sid, u16 stag, StallAction action) = 0;
  virtual void terminate_stalls(u32 sid) = 0;
  // Waits until everything that CMD_SYNC guarantees holds; CERROR_ATC_INV_SYNC when it cannot (4.7.3).
  virtual spec::Cerror synchronize() = 0;
};

bool legal(const spec::Command& command, const SmmuFeatures& features);

// CERROR_ILL for an illegal command, otherwise what its effect returned.
spec::Cerror execute(const spec::Command& command, const SmmuFeatures& features, CommandEffects& effects);

}  // namespace smmu_vp::core

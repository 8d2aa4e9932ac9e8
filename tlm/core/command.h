// Commands: which are legal, and what each asks of the SMMU (chapter 4).
#pragma once

#include "tlm/core/tlb_scope.h"

namespace smmu_vp::core {

enum class StallAction : u8 { kRetry, kAbort, kRazWi };

// The addresses first, first + stride, …: `count` of them.
struct PrefetchSpan {
  u64 first, stride, count;
};

// What commands ask for. Everything but synchronize() may return before its effect is complete.
class CommandEffects {
 public:
  virtual ~CommandEffects() = default;
  virtual void prefetch_configuration(u32 sid, bool ssv, u32 ssid) = 0;
  virtual void prefetch_translations(u32 sid, bool ssv, u32 ssid, const PrefetchSpan& span) = 0;
  virtual void invalidate_streams(u32 first, u32 last) = 0;
  virtual void invalidate_context(u32 sid, u32 ssid, bool leaf) = 0;
  virtual void invalidate_contexts(u32 sid) = 0;
  virtual void invalidate_translations(const TlbScope& scope) = 0;
  // log2_size 64 is everything.
  virtual void invalidate_atc(u32 sid, bool ssv, u32 ssid, bool global, u64 address, u8 log2_size) = 0;
  virtual void respond_to_page_request(u32 sid, bool ssv, u32 ssid, u16 prg_index, spec::Resp response) = 0;
  virtual void resume(u32 sid, u16 stag, StallAction action) = 0;
  virtual void terminate_stalls(u32 sid) = 0;
  // Waits until everything that CMD_SYNC guarantees holds; CERROR_ATC_INV_SYNC when it cannot (4.7.3).
  virtual spec::Cerror synchronize() = 0;
};

bool legal(const spec::Command& command, const SmmuFeatures& features);

// CERROR_ILL, or what the command's effect answers.
spec::Cerror execute(const spec::Command& command, const SmmuFeatures& features, CommandEffects& effects);

}  // namespace smmu_vp::core

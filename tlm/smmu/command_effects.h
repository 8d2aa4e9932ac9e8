// What commands do, in terms of the SMMU's parts.
#pragma once

#include "tlm/core/command.h"
#include "tlm/smmu/atc_invalidations.h"
#include "tlm/smmu/page_requests.h"
#include "tlm/smmu/prefetcher.h"
#include "tlm/smmu/stalls.h"
#include "tlm/smmu/tcu.h"

namespace smmu_vp::smmu {

class CommandEffects final : public core::CommandEffects {
 public:
  CommandEffects(State& state, Tcu& tcu, Prefetcher& prefetcher, AtcInvalidations& atc, PageRequests& pri,
                 Stalls& stalls)
      : state_(state), tcu_(tcu), prefetcher_(prefetcher), atc_(atc), pri_(pri), stalls_(stalls) {}

  // The command about to be executed, for facts.
  void begin(std::string_view name, u32 index) {
    name_ = name;
    index_ = index;
  }

  void prefetch_configuration(u32 sid, bool ssv, u32 ssid) override;
  void prefetch_translations(u32 sid, bool ssv, u32 ssid, const core::PrefetchSpan& span) override;
  void invalidate_streams(u32 first, u32 last) override;
  void invalidate_context(u32 sid, u32 ssid, bool leaf) override;
  void invalidate_contexts(u32 sid) override;
  void invalidate_translations(const core::TlbScope& scope) override;
  void invalidate_atc(u32 sid, bool ssv, u32 ssid, bool global, u64 address, u8 log2_size) override;
  void respond_to_page_request(u32 sid, bool ssv, u32 ssid, u16 prg_index, spec::Resp response) override;
  void resume(u32 sid, u16 stag, core::StallAction action) override;
  void terminate_stalls(u32 sid) override;
  spec::Cerror synchronize() override;

 private:
  State& state_;
  Tcu& tcu_;
  Prefetcher& prefetcher_;
  AtcInvalidations& atc_;
  PageRequests& pri_;
  Stalls& stalls_;
  std::string_view name_;
  u32 index_ = 0;
};

}  // namespace smmu_vp::smmu

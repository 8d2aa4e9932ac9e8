// The effects of commands on the parts of the SMMU.
#pragma once

#include "tlm/core/command.h"
#include "tlm/smmu/atc_invalidations.h"
#include "tlm/smmu/command_watch.h"
#include "tlm/smmu/invalidation_pipe.h"
#include "tlm/smmu/page_requests.h"
#include "tlm/smmu/prefetcher.h"
#include "tlm/smmu/stalls.h"
#include "tlm/smmu/tcu.h"

namespace smmu_vp::smmu {

class CommandEffects final : public core::CommandEffects {
 public:
  // `watch` knows which command is being executed.
  CommandEffects(State& state, const CommandWatch& watch, Tcu& tcu, InvalidationPipe& tlbis,
                 Prefetcher& prefetcher, AtcInvalidations& atc, PageRequests& pri, Stalls& stalls)
      : state_(state),
        watch_(watch),
        tcu_(tcu),
        tlbis_(tlbis),
        prefetcher_(prefetcher),
        atc_(atc),
        pri_(pri),
        stalls_(stalls) {}

  void prefetch_configuration(const spec::Requester& who) override;
  void prefetch_translations(const spec::Requester& who, const core::PrefetchSpan& span) override;
  void invalidate_streams(u32 first, u32 last, bool leaf) override;
  void invalidate_context(const spec::Requester& context, bool leaf) override;
  void invalidate_contexts(u32 sid) override;
  void invalidate_translations(const core::TlbScope& scope) override;
  void invalidate_atc(const spec::Requester& who, bool global, u64 address, u8 log2_size) override;
  void respond_to_page_request(const spec::Requester& who, u16 prg_index, spec::Resp response) override;
  void resume(u32 sid, u16 stag, core::StallAction action) override;
  void terminate_stalls(u32 sid) override;
  spec::Cerror synchronize() override;

 private:
  State& state_;
  const CommandWatch& watch_;
  Tcu& tcu_;
  InvalidationPipe& tlbis_;
  Prefetcher& prefetcher_;
  AtcInvalidations& atc_;
  PageRequests& pri_;
  Stalls& stalls_;
};

}  // namespace smmu_vp::smmu

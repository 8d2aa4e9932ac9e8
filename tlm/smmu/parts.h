// The parts of Smmu in construction order. Only for smmu.cpp and programming.cpp.
#pragma once

#include <memory>
#include <vector>

#include "tlm/smmu/atc_invalidations.h"
#include "tlm/smmu/command_queue.h"
#include "tlm/smmu/direct_access.h"
#include "tlm/smmu/invalidation_pipe.h"
#include "tlm/smmu/non_blocking.h"
#include "tlm/smmu/page_requests.h"
#include "tlm/smmu/performance.h"
#include "tlm/smmu/prefetcher.h"
#include "tlm/smmu/smmu.h"
#include "tlm/smmu/tbu.h"
#include "tlm/smmu/walk_port.h"

namespace smmu_vp::smmu {

struct Smmu::Parts {
  Parts(Smmu& smmu, const core::SmmuConfig& config, transport::Timing& timing, const trace::SmmuBus& facts,
        const std::vector<core::TranslationCachePort*>& tlbs);

  WalkPort<tlm_utils::simple_initiator_socket<Smmu>> memory;
  State state;
  Wire irq_event{"irq_event"}, irq_pri{"irq_pri"}, irq_gerror{"irq_gerror"}, irq_cmd_sync{"irq_cmd_sync"};
  Wire irq_pmcg{"irq_pmcg"};
  Interrupts interrupts;
  EventRecorder events;
  Stalls stalls;
  Tcu tcu;
  InvalidationPipe commanded, broadcast;
  Prefetcher::Tbus tbus;
  // Per TBU:
  std::vector<std::unique_ptr<DirectAccess>> direct;
  std::vector<std::unique_ptr<NonBlocking>> non_blocking;
  Prefetcher prefetcher;
  Messages messages;
  AtcInvalidations atc;
  PageRequests pri;
  CommandWatch command_watch;
  CommandEffects effects;
  CommandQueue commands;
  std::optional<Performance> performance;  // present if configured

  u64 broadcast_syncs = 0;  // so far
  // While an Update of SMMUEN to 0 is pending: transactions numbered below this entered before.
  std::optional<u64> disabled_at;
  // Payloads for messages; several may be in flight at once.
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> idle_messages;
};

}  // namespace smmu_vp::smmu

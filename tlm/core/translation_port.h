// What the Translator needs from the SMMU around it, for one transaction. A call may block and take simulated
// time; unit tests and `--explain` answer at once.
#pragma once

#include "tlm/core/config_cache.h"
#include "tlm/core/walk.h"

namespace smmu_vp::core {

class TranslationPort {
 public:
  virtual ~TranslationPort() = default;

  // STE and CD, or the fault met while fetching them (3.3.1, 3.3.2). Never empty.
  virtual ConfigRef configuration(const spec::Requester& who) = 0;
  // The STE alone.
  virtual ConfigRef stream_configuration(u32 sid) = 0;

  // The TLB. After kMiss the caller fills the MSHR; after kMerged or kFull it calls wait_and_look_up().
  virtual LookupResult lookup(const LookupKey& key) = 0;
  virtual void fill(u8 mshr, const Translation* entry_or_null) = 0;
  virtual void drop(const Invalidation& entry) = 0;
  // Waits until the access is a hit or has an MSHR, which it gets in its turn; `found` is the last answer.
  virtual LookupResult wait_and_look_up(const LookupKey& key, const LookupResult& found) = 0;

  virtual WalkResult walk(const Regime& regime, const WalkRequest& request) = 0;

  // Notifications only, for counters and explanations.
  virtual void tlb_missed() {}  // the TLB alone does not answer (10.3, event 2)
  virtual void overridden(const StreamConfig&, const spec::Intent& /*incoming*/,
                          const spec::Intent& /*outgoing*/) {}
};

}  // namespace smmu_vp::core

// The parts of the Translator that a transaction needs where the caches do not answer it.
#pragma once

#include "tlm/core/attributes.h"
#include "tlm/core/decision.h"
#include "tlm/core/register_file.h"
#include "tlm/core/translation_port.h"

namespace smmu_vp::core {

class TranslatorDetours {
 public:
  TranslatorDetours(const RegisterFile& registers, const SmmuFeatures& features, TranslationPort& port)
      : registers_(registers), features_(features), port_(port) {}

  // While SMMUEN is 0; `supplied` is the memory type that the access comes with.
  void bypass_disabled(Decision& out, MemoryType supplied);
  // The fault model of the stage that met it, if any, governs the response (5.5).
  void fault(Decision& out, const Fault& met, const FaultModel& model, bool mev) const;
  // An address beyond the input size of the first stage.
  void out_of_range(Decision& out, const Configuration& found) const;
  // A Translated access that may not pass; `found` is null where nothing was looked up.
  void refuse(Decision& out, const TranslatedDecision& check, const Configuration* found) const;
  // What STE or GBPA replace, where they replace anything. A write is always a data access (13.7).
  void override_intent(const StreamConfig& stream, spec::Intent& intent);
  // Continues after a TLB lookup that missed or does not allow the access (docs/ordering.md, rule 4).
  WalkResult miss(const Configuration& config, const WalkRequest& request, const LookupKey& key,
                  const LookupResult& answer);

 private:
  const RegisterFile& registers_;
  const SmmuFeatures& features_;
  TranslationPort& port_;
};

}  // namespace smmu_vp::core

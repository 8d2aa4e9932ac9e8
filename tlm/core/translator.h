// The decisions of the SMMU on a transaction (chapter 15): pass and to which address, abort, or
// fault; and the answer to an ATS Translation Request. Only the flow is here: the TBU adds
// stalls, records, sockets and time.
#pragma once

#include <span>

#include "tlm/core/ats.h"
#include "tlm/core/register_file.h"
#include "tlm/core/translation_port.h"
#include "tlm/spec/ats.h"

namespace smmu_vp::core {

// The decision on an untranslated or Translated access.
struct Decision {
  enum class Outcome : u8 { kPass, kAbort, kFault };
  // Why an access is aborted without a record.
  enum class Silently : u8 {
    kNo,
    kGbpaAbort,      // SMMUEN is 0 and GBPA.ABORT 1 (6.3.14)
    kAddressSize,    // beyond the output size, while nothing translates (3.4, 3.9.1.1)
    kConfigAbort,    // STE.Config 0b000 (5.2)
    kNotRecordable,  // a Translated access with a configuration error while CR2.REC_CFG_ATS = 0 (3.9.1.3)
  };
  Outcome outcome = Outcome::kAbort;
  Silently silently = Silently::kNo;  // for kAbort
  spec::Access access;                // as passed on and recorded: overrides applied (13.1.4, 13.7)
  spec::MemoryType type{};            // for kPass
  u64 pa = 0;                         // for kPass
  u16 asid = 0;                       // for kPass through stage 1
  Fault fault{};                      // for kFault, with the response to it:
  FaultModel model{};
  FaultResponse response{};
  bool mergeable = false;  // STE.MEV
};

// The answer to a Translation Request, for one range.
struct AtsAnswer {
  AtsStatus status = AtsStatus::kSuccess;
  spec::AtsTranslation translation;
  std::optional<spec::Event> record;
};

class Translator {
 public:
  Translator(const RegisterFile& registers, const SmmuFeatures& features, TranslationPort& port)
      : registers_(registers), features_(features), port_(port) {}

  // An ordinary access; `supplied` is the memory type that it comes with (13.1.3).
  Decision untranslated(const spec::Access& incoming, spec::MemoryType supplied = {});
  // An access whose address ATS has translated (3.9.1.3).
  Decision translated(const spec::Access& incoming, spec::MemoryType supplied = {});
  // A Translation Request (3.9.1.2) for `translations` ranges: the answer for the first of them.
  AtsAnswer translation_request(const spec::Access& asked, u8 translations);
  // The ranges that follow `first`, at most out.size(); returns how many.
  std::size_t following_translations(spec::Access asked, const spec::AtsTranslation& first,
                                     std::span<spec::AtsTranslation> out);
  // Reads as a speculative transaction would: nothing is recorded (3.14, 4.2.2). Returns whether the TLB may
  // now hold the translation.
  bool prefetch(const spec::Access& incoming);

 private:
  // The result for a Translation Request; `address` is what its completion returns: a PA, or
  // an IPA with split-stage ATS.
  struct Completed {
    std::optional<Fault> fault;
    Translation translation;
    u64 address = 0;
  };

  Decision bypass_disabled(const spec::Access& incoming, spec::MemoryType supplied);
  // `input` is the memory type at the first stage.
  Decision through_stages(const Configuration& found, const spec::Access& access, spec::MemoryType input);
  Decision pass(const spec::Access& access, u64 pa, spec::MemoryType type, u16 asid = 0) const;
  Decision abort(const spec::Access& access, Decision::Silently why) const;
  Decision fault(const spec::Access& access, const Fault& met, const FaultModel& model, bool mev) const;

  spec::Access overridden(const StreamConfig& stream, const spec::Access& incoming);
  std::optional<u64> input_address(const Configuration& found, const spec::Access& access) const;
  WalkResult translate(const Regime& regime, const WalkRequest& request);
  WalkResult miss(const Regime& regime, const WalkRequest& request, const LookupKey& key, LookupResult found);
  Completed complete(const Configuration& found, const WalkRequest& request);

  bool within_output_size(u64 address) const { return address >> features_.oas_bits == 0; }

  const RegisterFile& registers_;
  const SmmuFeatures& features_;
  TranslationPort& port_;
};

}  // namespace smmu_vp::core

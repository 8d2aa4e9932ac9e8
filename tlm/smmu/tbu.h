// One TBU: the path of DMA, translation requests and translated accesses from a root port or device to
// memory. Work runs in the caller's thread, which blocks as long as its transaction does, stalls included.
#pragma once

#include "tlm/core/ats.h"
#include "tlm/smmu/event_recorder.h"
#include "tlm/smmu/stalls.h"
#include "tlm/smmu/tcu.h"
#include "tlm/transport/dma_extension.h"

namespace smmu_vp::smmu {

class Tbu {
 public:
  using Out = tlm::tlm_initiator_socket<>;  // to memory
  Tbu(unsigned index, State& state, Tcu& tcu, EventRecorder& events, Stalls& stalls,
      core::TranslationCachePort& tlb, Out& out);

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  // One address, as though read by a speculative transaction: nothing is recorded (3.14, 4.2). May block.
  void prefetch(core::Access access);

 private:
  enum class Verdict : u8 { kPass, kAbort, kRazWi, kRetry };
  // Where the access goes; kPass sets `pa`.
  struct Decision {
    Verdict verdict;
    u64 pa = 0;
    u16 asid = 0;
  };

  void access_memory(tlm::tlm_generic_payload& payload, transport::DmaExtension& ext,
                     sc_core::sc_time& delay);
  // One transaction; whether it got through.
  bool untranslated(tlm::tlm_generic_payload& payload, transport::DmaExtension& ext, sc_core::sc_time& delay);
  bool translated(tlm::tlm_generic_payload& payload, transport::DmaExtension& ext, sc_core::sc_time& delay);
  void unsupported(tlm::tlm_generic_payload& payload, transport::DmaExtension& ext);
  void translation_request(tlm::tlm_generic_payload& payload, transport::DmaExtension& ext);

  Decision decide(Transactions::InFlight& transaction, core::Access& access);
  Decision bypass_disabled(core::Access& access) const;
  // Through the stages that `found`, which is sound, enables. `access` is as overrides leave it.
  Decision through_stages(Transactions::InFlight& transaction, const core::Configuration& found,
                          const core::Access& access);
  Decision fault(Transactions::InFlight& transaction, const core::Fault& fault, const core::Access& access,
                 const core::FaultModel& model, bool mev);
  // The address to look up with, of what overrides leave of an access; nothing when no stage takes it.
  std::optional<u64> input_address(const core::Configuration& found, const core::Access& access) const;
  // The translation of the request's address, in `found.entry`, or the fault met instead.
  std::optional<core::Fault> look_up(u64 transaction, u32 sid, const core::Regime& regime,
                                     const core::WalkRequest& request, Tcu::Cause cause,
                                     core::LookupResult& found);
  // The same, where `found` is what a first lookup, at `releases`, said.
  std::optional<core::Fault> translate(u64 transaction, u32 sid, const core::Regime& regime,
                                       const core::WalkRequest& request, const core::LookupKey& key,
                                       core::LookupResult& found, u64 releases);
  // The answer for one range; the caller records what is to be recorded.
  struct Answer {
    core::AtsStatus status = core::AtsStatus::kSuccess;
    transport::AtsTranslation translation;
    std::optional<spec::Event> record;
  };
  Answer answer(u64 transaction, const core::Access& access, u8 translations, Tcu::Cause cause);
  void answer_following(u64 transaction, core::Access access, unsigned most, transport::DmaExtension& ext);
  // Of a Translation Request; `address` is what its completion names: a PA, or an IPA with split-stage ATS.
  struct Completion {
    std::optional<core::Fault> fault;
    core::Translation translation;
    u64 address = 0;
  };
  Completion complete(u64 transaction, u32 sid, const core::Configuration& found,
                      const core::WalkRequest& request, Tcu::Cause cause);

  // By the STE, or by GBPA in its place (13.7).
  static void override_attributes(const core::StreamConfig& stream, core::Access& access);
  core::Access access_of(const tlm::tlm_generic_payload& payload, const transport::DmaExtension& ext) const;
  static std::string_view name_of(transport::AddressType at);
  void announce_begin(u64 transaction, const core::Access& access, std::string_view kind, u64 bytes) const;
  void pass(u64 transaction, const core::Access& access, u16 asid, u64 pa, tlm::tlm_generic_payload& payload,
            transport::DmaExtension& ext, sc_core::sc_time& delay);
  void pass_overridden(u64 transaction, const core::Access& access, const Decision& decision,
                       tlm::tlm_generic_payload& payload, transport::DmaExtension& ext,
                       sc_core::sc_time& delay);
  void abort(tlm::tlm_generic_payload& payload, transport::DmaExtension& ext);
  void end(u64 transaction, std::string_view result) const;
  unsigned smallest_translation_unit() const;

  unsigned index_;
  State& state_;
  Tcu& tcu_;
  EventRecorder& events_;
  Stalls& stalls_;
  core::TranslationCachePort& tlb_;
  Out& out_;
  // Counts MSHR releases, so that a release between a lookup and the wait for it is not missed.
  u64 releases_ = 0;
  sc_core::sc_event released_;
};

}  // namespace smmu_vp::smmu

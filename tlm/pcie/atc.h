// The endpoint's address translation cache. It requests missing translations with ATS and obeys Invalidate
// Requests, including those that overtake the completion of a Translation Request.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>

#include "tlm/core/translation_cache.h"
#include "tlm/device/dma_issuer.h"
#include "tlm/pcie/config_space.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/misbehaviour_control.h"
#include "tlm/pcie/translation_uses.h"
#include "tlm/transport/message_extension.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::pcie {

class Atc : public sc_core::sc_module {
 public:
  enum class Verdict : u8 {
    kTranslated,    // access `pa` as translated, and keep `use` until the access has ended
    kUntranslated,  // ATS is off, or the host wants this range untranslated
    kNoAccess,      // not mapped, or not with these rights: a page request may help
    kRefused,       // UR or CA: ATS is not available to this function or PASID
  };
  struct Grant {
    Verdict verdict;
    u64 pa = 0;
    std::optional<TranslationUses::Use> use =
        std::nullopt;  // with kTranslated only: an invalidation waits for nothing else
  };
  using Post = std::function<void(const transport::MessageExtension&)>;

  // `post` sends a message upstream, behind earlier posted writes.
  Atc(sc_core::sc_module_name name, const ConfigSpace& config, device::DmaIssuer& issuer,
      MisbehaviourControl& misbehaviour, core::TranslationCachePort& cache, const AtsConfig& ats, u64 slow_ps,
      transport::Timing& timing, Post post);

  Grant translate(const spec::Access& access);
  // An Invalidate Request arrived.
  void invalidate_request(const transport::MessageExtension& request);
  // Drops everything: ATS was enabled or disabled, or the function was reset.
  void flush();
  // Sends one Translation Request for 1 to 8 translations, whatever the cache holds, and announces it.
  transport::DmaAnswer request_translation(const spec::Access& access, unsigned translations = 1);

  bool idle() const { return pending_.empty() && !invalidating_ && requests_in_flight_ == 0 && uses_.idle(); }
  void visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const;

 private:
  core::LookupKey key_of(const spec::Access& access) const;
  // Asks the host for the missing translation, and for those of the pages behind it. None if an invalidation
  // overtook the answer.
  std::optional<Grant> ask(const spec::Access& access, u8 mshr);
  // MSHRs reserved for pages behind the access that are neither cached nor requested.
  struct Ahead {
    std::array<u8, transport::AtsFollowing::kMost> mshrs;
    u8 count = 0;
  };
  Ahead reserve_ahead(const spec::Access& access);
  void fill_ahead(const Ahead& ahead, const spec::Access& access, const transport::DmaAnswer& answer);
  static Grant granted(const core::Translation& entry, const spec::Access& access, TranslationUses::Use use);
  void evict(const core::LookupKey& key);
  void run_invalidations();
  void obey(const transport::MessageExtension& request);

  const ConfigSpace& config_;
  device::DmaIssuer& issuer_;
  MisbehaviourControl& misbehaviour_;
  core::TranslationCachePort& cache_;
  AtsConfig ats_;
  u64 slow_ps_;
  transport::Timing& timing_;
  Post post_;

  TranslationUses uses_;
  u64 fills_ = 0;  // grows when an MSHR becomes free
  sc_core::sc_event filled_;
  std::deque<transport::MessageExtension> pending_;  // at most 32, one per ITag
  bool invalidating_ = false;
  sc_core::sc_event invalidation_arrived_;
  u64 requests_in_flight_ = 0;
  u64 hits_ = 0, misses_ = 0, answers_dropped_ = 0, invalidations_ = 0, entries_invalidated_ = 0;
};

}  // namespace smmu_vp::pcie

// The endpoint's address translation cache: asks with ATS what it does not hold, and obeys invalidations, the
// ones that overtake an answer included.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>

#include "tlm/core/translation_cache.h"
#include "tlm/pcie/config_space.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/misbehaviour.h"
#include "tlm/pcie/requester.h"
#include "tlm/pcie/translation_uses.h"
#include "tlm/transport/message_extension.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::pcie {

class Atc : public sc_core::sc_module {
 public:
  struct Wish {
    bool has_pasid = false;
    u32 pasid = 0;
    u64 va = 0;
    bool write = false, exec = false, priv = false;
  };
  enum class Verdict : u8 {
    kTranslated,    // go to `pa`, translated, and let `use` live until that is done
    kUntranslated,  // ATS is off, or the host wants this range untranslated
    kNoAccess,      // not mapped, or not with these rights: a page request may help
    kRefused,       // UR or CA: ATS is not available to this function or PASID
  };
  struct Grant {
    Verdict verdict;
    u64 pa = 0;
    std::optional<TranslationUses::Use> use =
        std::nullopt;  // kTranslated only: nothing else holds up an invalidation
  };
  using Post = std::function<void(const transport::MessageExtension&)>;

  // `post` sends a message upstream, behind earlier posted writes.
  Atc(sc_core::sc_module_name name, const ConfigSpace& config, Requester& requester, Misconduct& misconduct,
      core::TranslationCachePort& cache, const AtsConfig& ats, u64 slow_ps, transport::Timing& timing,
      Post post);

  Grant translate(const Wish& wish);
  // An Invalidate Request arrived.
  void invalidate_request(const transport::MessageExtension& request);
  // Forgets everything: ATS was switched, or the function reset.
  void flush();
  // One Translation Request on the link, announced; no cache involved. `translations`: 1..8.
  DmaAnswer request_translation(const Wish& wish, bool no_write, unsigned translations = 1);

  bool idle() const { return pending_.empty() && !invalidating_ && requests_in_flight_ == 0 && uses_.idle(); }
  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const;

 private:
  core::LookupKey key_of(const Wish& wish) const;
  // The owner of a miss asks the host, for the pages behind it as well. None: the answer was overtaken by an
  // invalidation.
  std::optional<Grant> ask(const Wish& wish, u8 mshr);
  // Pages behind the wish that are not cached and nobody has asked for; theirs to fill.
  struct Ahead {
    std::array<u8, transport::AtsFollowing::kMost> mshrs;
    u8 count = 0;
  };
  Ahead reserve_ahead(const Wish& wish);
  void fill_ahead(const Ahead& ahead, const Wish& wish, const DmaAnswer& answer);
  static Grant granted(const core::Translation& entry, const Wish& wish, TranslationUses::Use use);
  void evict(const core::LookupKey& key);
  void run_invalidations();
  void obey(const transport::MessageExtension& request);

  const ConfigSpace& config_;
  Requester& requester_;
  Misconduct& misconduct_;
  core::TranslationCachePort& cache_;
  AtsConfig ats_;
  u64 slow_ps_;
  transport::Timing& timing_;
  Post post_;

  TranslationUses uses_;
  u64 fills_ = 0;  // grows when a miss-status register is given back
  sc_core::sc_event filled_;
  std::deque<transport::MessageExtension> pending_;  // at most 32: one a tag
  bool invalidating_ = false;
  sc_core::sc_event invalidation_arrived_;
  u64 requests_in_flight_ = 0;
  u64 hits_ = 0, misses_ = 0, answers_dropped_ = 0, invalidations_ = 0, entries_invalidated_ = 0;
};

}  // namespace smmu_vp::pcie

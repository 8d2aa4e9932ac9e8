// The part of an endpoint that breaks rules on its own initiative. It remembers translations and PASIDs that
// the device has used, and reacts to the device's traffic with a few random misbehaviours of those switched
// on. It only reacts, so an idle platform stays idle.
#pragma once

#include <deque>
#include <functional>
#include <random>
#include <set>
#include <systemc>
#include <vector>

#include "tlm/device/dma_issuer.h"
#include "tlm/pcie/config_space.h"
#include "tlm/pcie/misbehaviour_control.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class Rogue : public sc_core::sc_module {
 public:
  using Post = std::function<void(const transport::MessageExtension&)>;

  // `remove` takes the device off the link. `seed` determines every random choice.
  Rogue(sc_core::sc_module_name name, MisbehaviourControl& misbehaviour, const ConfigSpace& config,
        device::DmaIssuer& issuer, Post post, std::function<void()> remove, u64 seed);

  // Called when something happens to the device. `pa` is 0 for an untranslated access.
  void accessed(const spec::Access& access, u64 pa);
  void invalidated(const transport::MessageExtension& request);
  void stopped(u32 pasid);
  void ats_switched() { react(); }

  bool idle() const { return reactions_due_ == 0; }

 private:
  struct Known {
    std::optional<u32> pasid;
    u64 va, pa;
  };
  static constexpr std::size_t kRemembered = 64;

  void react();
  void run();
  void misbehave();
  void perform(Misbehaviour which);
  void forge(Misbehaviour which, bool write);
  void reuse_stale();
  void flood();
  void use_stopped();
  void use_foreign();
  void use_disabled_ats();
  void access(transport::AddressType at, std::optional<u32> pasid, u64 address, bool write);
  void ask_translation(std::optional<u32> pasid, u64 va);
  u64 below(u64 n) { return random_() % n; }
  const Known& any(const std::deque<Known>& from) { return from[below(from.size())]; }

  MisbehaviourControl& misbehaviour_;
  const ConfigSpace& config_;
  device::DmaIssuer& issuer_;
  Post post_;
  std::function<void()> remove_;
  std::mt19937_64 random_;

  std::deque<Known> known_, stale_;
  std::set<u32> given_, stopped_;  // PASIDs
  bool gone_ = false;              // it removed itself: nothing it sends arrives any more
  u64 reactions_due_ = 0;
  sc_core::sc_event reaction_due_;
};

}  // namespace smmu_vp::pcie

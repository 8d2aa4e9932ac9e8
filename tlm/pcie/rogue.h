// The part of an endpoint that acts against the rules of its own accord: it watches what the device learns,
// and on each occasion commits a few of the deeds it is switched on for. It never starts by itself, so a
// platform at rest stays at rest.
#pragma once

#include <deque>
#include <functional>
#include <random>
#include <set>
#include <systemc>
#include <vector>

#include "tlm/pcie/config_space.h"
#include "tlm/pcie/dma_port.h"
#include "tlm/pcie/misbehaviour.h"
#include "tlm/pcie/requester.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class Rogue : public sc_core::sc_module {
 public:
  using Post = std::function<void(const transport::MessageExtension&)>;

  // `remove` takes the device from the link. Every draw comes from `seed`.
  Rogue(sc_core::sc_module_name name, Misconduct& misconduct, const ConfigSpace& config, Requester& requester,
        Post post, std::function<void()> remove, u64 seed);

  // What it gets to know. `pa` is 0 for an untranslated access.
  void accessed(const DmaAccess& access, u64 pa);
  void invalidated(const transport::MessageExtension& request);
  void stopped(u32 pasid);
  // Something happened that it may answer with deeds.
  void occasion();

  bool idle() const { return due_ == 0; }

 private:
  struct Known {
    bool has_pasid;
    u32 pasid;
    u64 va, pa;
  };
  static constexpr std::size_t kRemembered = 64;

  void run();
  void act();
  void commit(Misbehaviour which);
  void forge(Misbehaviour which, bool write);
  void reuse_stale();
  void flood();
  void use_stopped();
  void use_foreign();
  void use_disabled_ats();
  void access(transport::AddressType at, bool has_pasid, u32 pasid, u64 address, bool write);
  void ask_translation(u32 pasid, u64 va);
  u64 below(u64 n) { return random_() % n; }
  const Known& any(const std::deque<Known>& from) { return from[below(from.size())]; }

  Misconduct& misconduct_;
  const ConfigSpace& config_;
  Requester& requester_;
  Post post_;
  std::function<void()> remove_;
  std::mt19937_64 random_;

  std::deque<Known> known_, stale_;
  std::set<u32> given_, stopped_;  // PASIDs
  bool gone_ = false;              // removed itself: nothing it does reaches anybody
  u64 due_ = 0;                    // occasions not answered yet
  sc_core::sc_event due_event_;
};

}  // namespace smmu_vp::pcie

// Debug accesses and direct memory pointers through one TBU (TLM-2.0 transport_dbg and DMI). Both go where the tables in
// memory lead at this moment. A pointer is for accesses with the DmaExtension that it was asked with, and is taken back
// by any invalidation that may concern it, by changes of configuration, and when memory takes it back.
#pragma once

#include <functional>
#include <vector>

#include "tlm/smmu/smmu.h"
#include "tlm/smmu/still_walk.h"

namespace smmu_vp::smmu {

class DirectAccess {
 public:
  // `look` reads memory as the SMMU's walks see it; `take_back` tells the initiator of a range of its addresses.
  struct Sockets {
    Smmu::DmaIn& in;
    Smmu::DmaOut& out;
  };
  DirectAccess(const State& state, StillWalk::Look look, const Sockets& sockets)
      : state_(state), look_(std::move(look)), sockets_(sockets) {}

  // How many bytes were read or written.
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool pointer(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  void invalidated(const core::Invalidation& what);
  void configuration_changed();
  void memory_takes_back(u64 first, u64 last);

 private:
  // A range of the initiator's addresses that it has a pointer for.
  struct Grant {
    u64 first, last;        // of the leaf that the translation came from
    u64 pa_first, pa_last;  // of the pointer
    bool operator==(const Grant&) const = default;
  };
  spec::Access access_of(const tlm::tlm_generic_payload& payload, const transport::DmaExtension& ext) const;
  core::Decision decide(StillWalk& walk, const spec::Access& access, transport::AddressType at) const;
  template <typename Concerned>
  void take_back(Concerned&& concerned);

  const State& state_;
  StillWalk::Look look_;
  Sockets sockets_;
  std::vector<Grant> grants_;
};

}  // namespace smmu_vp::smmu

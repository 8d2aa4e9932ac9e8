// Puts an extension on a payload for this object's lifetime. It is removed even if the sending thread is
// killed meanwhile, since a payload deletes the extensions it still carries.
#pragma once

#include <tlm>

namespace smmu_vp::transport {

template <typename Extension>
class Carried {
 public:
  Carried(tlm::tlm_generic_payload& payload, Extension& extension)
      : payload_(payload), extension_(extension) {
    payload_.set_extension(&extension_);
  }
  ~Carried() { payload_.clear_extension(&extension_); }
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;

 private:
  tlm::tlm_generic_payload& payload_;
  Extension& extension_;
};

}  // namespace smmu_vp::transport

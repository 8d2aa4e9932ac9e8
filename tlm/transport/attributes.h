// What an access that leaves the SMMU says of itself beside address and direction (13.1.1). It always targets
// the Non-secure address space, as there is no other (13.1.2).
#pragma once

#include <optional>
#include <tlm>

#include "tlm/spec/memory_type.h"

namespace smmu_vp::transport {

struct Attributes {
  spec::MemoryType type;
  bool exec = false, priv = false;  // INST, PRIV
  friend constexpr bool operator==(const Attributes&, const Attributes&) = default;
};

// On the SMMU's own accesses. A device's access has its attributes in the DmaExtension.
struct AttributesExtension : tlm::tlm_extension<AttributesExtension>, Attributes {
  tlm::tlm_extension_base* clone() const override { return new AttributesExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const AttributesExtension&>(other);
  }
};

}  // namespace smmu_vp::transport

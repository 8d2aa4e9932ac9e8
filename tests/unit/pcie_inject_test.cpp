// Raw traffic as scenarios and tests inject it: how each kind reaches the SMMU.
#include <doctest/doctest.h>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

TEST_CASE("an injected access without a PASID is neither privileged nor an instruction fetch") {
  System s;
  s.run([&] {
    s.enable(false, 0);
    u64 data = 0;
    for (const bool has_pasid : {false, true}) {
      CAPTURE(has_pasid);
      for (const device::InjectKind kind :
           {device::InjectKind::kUntranslated, device::InjectKind::kTranslated}) {
        s.endpoint.inject({.kind = kind,
                           .pasid = spec::substream(has_pasid, 5),
                           .address = kRam,
                           .data = &data,
                           .bytes = 8,
                           .intent = {.read = true, .exec = true, .priv = true}});
        REQUIRE_FALSE(s.smmu.seen.empty());
        const transport::DmaExtension& request = s.smmu.seen.back().request;
        CHECK(request.who.pasid.has_value() == has_pasid);
        // Both are bits of the PASID TLP prefix (PCIe 6.20).
        CHECK(request.exec == has_pasid);
        CHECK(request.priv == has_pasid);
        s.smmu.seen.clear();
      }
    }
  });
}

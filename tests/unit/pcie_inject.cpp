// Raw traffic as scenarios and tests inject it: what reaches the SMMU of each kind.
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
      for (const pcie::InjectKind kind : {pcie::InjectKind::kUntranslated, pcie::InjectKind::kTranslated}) {
        s.endpoint.inject({.kind = kind,
                           .has_pasid = has_pasid,
                           .pasid = 5,
                           .address = kRam,
                           .data = &data,
                           .bytes = 8,
                           .exec = true,
                           .priv = true});
        REQUIRE_FALSE(s.smmu.seen.empty());
        const transport::DmaExtension& request = s.smmu.seen.back().request;
        CHECK(request.has_pasid == has_pasid);
        // Both are bits of the PASID TLP prefix (PCIe 6.20).
        CHECK(request.exec == has_pasid);
        CHECK(request.priv == has_pasid);
        s.smmu.seen.clear();
      }
    }
  });
}

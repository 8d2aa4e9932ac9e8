// What an SMMU of each version supports and cannot support (2.9): ID registers, and what depends on them.
#include <doctest/doctest.h>

#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tlm/core/context_descriptor.h"
#include "tlm/core/register_file.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::RegisterSize;

namespace {

SmmuFeatures of_version(unsigned version) {
  SmmuFeatures f{.version = version};
  f.s2 = f.hyp = true;
  return f;
}
RegisterFile registers(const SmmuFeatures& f) {
  SmmuConfig config;
  config.features = f;
  return RegisterFile(config);
}
bool idr3_has(const SmmuFeatures& f, u32 bits) {
  return (registers(f).read(reg::IDR3, k32) & bits) != 0;
}
bool records_ats_errors(const SmmuFeatures& f) {
  return (registers(f).read(reg::IDR0, k32) & idr0::ATSRECERR) != 0;
}

// A CD of both tables, 4 KB.
bool legal_cd(const SmmuFeatures& f, u64 t0sz, u64 t1sz) {
  const u64 word =
      cd::kAborts | cd::AA64 | cd::ips(k48Bits) | cd::V | cd::tg1(0b10) | cd::t0sz(t0sz) | cd::t1sz(t1sz);
  return parse_cd({{word}}, {}, f).has_value();
}
// An STE of stage 2 whose walk starts at level 2.
bool legal_ste(const SmmuFeatures& f, u64 s2t0sz) {
  const u64 word = ste::S2R | ste::S2AA64 | ste::s2_ps(k48Bits) | ste::s2_t0sz(s2t0sz) | ste::s2_vmid(1);
  return parse_ste({{ste::kStage2 | ste::V, 0, word, 0x9'0000}}, f).has_value();
}

}  // namespace

TEST_CASE("SMMUv3.0 has neither small translation tables nor range invalidation and SMMUv3.1 may have both") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    CAPTURE(version);
    CHECK(idr3_has(of_version(version), idr3::STT) == (version >= 1));  // of SMMUv3.2
    CHECK(idr3_has(of_version(version), idr3::RIL) == (version >= 1));  // of SMMUv3.2
  }
  SmmuFeatures f = of_version(1);
  f.ril = false;
  CHECK_FALSE(idr3_has(f, idr3::RIL));
}

TEST_CASE("errors of ATS are recorded from SMMUv3.2 on and before REC_CFG_ATS is RES0") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    CAPTURE(version);
    RegisterFile r = registers(of_version(version));
    CHECK(records_ats_errors(of_version(version)) == (version >= 2));  // of SMMUv3.3 (2.5)
    r.write(reg::CR2, k32, cr2::REC_CFG_ATS);
    CHECK(r.read(reg::CR2, k32) == (version >= 2 ? cr2::REC_CFG_ATS : 0u));  // 6.3.12
  }
  SmmuFeatures f = of_version(3);
  f.ats = f.pri = false;
  CHECK_FALSE(records_ats_errors(f));  // 6.3.1
}

TEST_CASE("IDR3.PPS is set only with PRI and SubstreamIDs") {
  SmmuFeatures f{.pps = true};
  CHECK(idr3_has(f, idr3::PPS));
  CHECK(f.repeats_pasid());
  f.ssid_bits = 0;
  CHECK_FALSE(idr3_has(f, idr3::PPS));  // 6.3.4
  CHECK_FALSE(f.repeats_pasid());
  f.ssid_bits = 20;
  f.pri = false;
  CHECK_FALSE(idr3_has(f, idr3::PPS));
}

TEST_CASE("without small translation tables T0SZ and T1SZ and S2T0SZ above 39 are ILLEGAL") {
  const SmmuFeatures v30 = of_version(0), v31 = of_version(1);
  CHECK(legal_cd(v30, 39, 39));
  CHECK_FALSE(legal_cd(v30, 40, 39));  // 5.4
  CHECK_FALSE(legal_cd(v30, 39, 40));
  CHECK(legal_cd(v31, 48, 48));
  CHECK_FALSE(legal_cd(v31, 49, 39));
  CHECK_FALSE(legal_cd(v31, 39, 49));
  CHECK(legal_ste(v30, 39));
  CHECK_FALSE(legal_ste(v30, 40));  // 5.2
  CHECK(legal_ste(v31, 40));
}

}  // namespace smmu_vp::test

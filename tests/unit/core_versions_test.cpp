// What an SMMU of each version supports and cannot support (2.9): ID registers, and what depends on them.
#include <doctest/doctest.h>

#include "tests/support/registers.h"
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
u64 idr3_bit(const SmmuFeatures& f, unsigned bit) {
  return registers(f).read(0xC, k32) >> bit & 1;
}

// V, T0SZ, TG0 4 KB, T1SZ, TG1 4 KB, IPS 48 bits, AA64, R, A: a CD of both tables.
bool legal_cd(const SmmuFeatures& f, u64 t0sz, u64 t1sz) {
  spec::Cd cd;
  cd.w[0] = 0x0000'6205'8080'0000 | t0sz | t1sz << 16;
  return parse_cd(cd, {}, f).has_value();
}
// VMID 1, 4 KB, PS 48 bits, AA64, R: an STE of stage 2 whose walk starts at level 2.
bool legal_ste(const SmmuFeatures& f, u64 s2t0sz) {
  return parse_ste({{0xD, 0, 0x040D'0000'0000'0001 | s2t0sz << 32, 0x9'0000}}, f).has_value();
}

}  // namespace

TEST_CASE("SMMUv3.0 has neither small translation tables nor range invalidation and SMMUv3.1 may have both") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    CAPTURE(version);
    CHECK(idr3_bit(of_version(version), 9) == (version >= 1));   // STT, of SMMUv3.2
    CHECK(idr3_bit(of_version(version), 10) == (version >= 1));  // RIL, of SMMUv3.2
  }
  SmmuFeatures f = of_version(1);
  f.ril = false;
  CHECK(idr3_bit(f, 10) == 0);
}

TEST_CASE("errors of ATS are recorded from SMMUv3.2 on and before REC_CFG_ATS is RES0") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    CAPTURE(version);
    RegisterFile r = registers(of_version(version));
    CHECK((r.read(reg::IDR0, k32) >> 23 & 1) == (version >= 2));  // ATSRECERR, of SMMUv3.3 (2.5)
    r.write(reg::CR2, k32, 0x8);
    CHECK(r.read(reg::CR2, k32) == (version >= 2 ? 0x8u : 0u));  // 6.3.12
  }
  SmmuFeatures f = of_version(3);
  f.ats = f.pri = false;
  CHECK((registers(f).read(0x0, k32) >> 23 & 1) == 0);  // 6.3.1
}

TEST_CASE("IDR3.PPS is set only with PRI and SubstreamIDs") {
  SmmuFeatures f{.pps = true};
  CHECK(idr3_bit(f, 5) == 1);
  CHECK(f.repeats_pasid());
  f.ssid_bits = 0;
  CHECK(idr3_bit(f, 5) == 0);  // 6.3.4
  CHECK_FALSE(f.repeats_pasid());
  f.ssid_bits = 20;
  f.pri = false;
  CHECK(idr3_bit(f, 5) == 0);
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

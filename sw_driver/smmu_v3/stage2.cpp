// Two levels: one descriptor of level 0, and below it blocks of 1 GB.
#include "sw_driver/smmu_v3/stage2.h"

namespace smmu_vp::sw {

namespace vmsa = spec::vmsa;

namespace {

constexpr unsigned kInputBits = 44;  // the least with which a walk of 4 KB tables begins at level 0 (D8.2.2)
constexpr unsigned kBlockShift = vmsa::level_shift(vmsa::Granule::k4K, 1);
constexpr u64 kWriteBack = 0b1111;  // MemAttr: Normal, Write-Back both inner and outer (D8.6)
constexpr u64 kInnerShareable = 0b11;

u64 block(u64 address) {
  u64 d = address | vmsa::kBlock;
  d = vmsa::s2::MemAttr.set(d, kWriteBack);
  d = vmsa::s2::S2AP.set(d, vmsa::s2::kS2apRead | vmsa::s2::kS2apWrite);
  d = vmsa::SH.set(d, kInnerShareable);
  return vmsa::AF.set(d, 1);
}

}  // namespace

std::optional<Stage2Tables> identity_stage2(Env& env, const Features& features) {
  // STRW of EL2 and stage 2 exclude each other (5.2).
  if (!features.s2 || !features.granule_4k || features.el2 || features.oas_bits < kInputBits) return {};
  const u64 top = env.os.alloc_pages(1, PageUse::kPageTable, 0);
  const u64 blocks = env.os.alloc_pages(1, PageUse::kPageTable, 0);
  if (top == 0 || blocks == 0) return {};
  for (u64 address = 0; address < kIdentityEnd; address += u64{1} << kBlockShift)
    env.os.store64(blocks + ((address >> kBlockShift) << vmsa::kDescriptorLog2Bytes), block(address));
  env.os.store64(top, blocks | vmsa::kTableOrPage);
  return Stage2Tables{.base = top, .input_bits = kInputBits};
}

}  // namespace smmu_vp::sw

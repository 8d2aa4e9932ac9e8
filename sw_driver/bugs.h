// Historical driver bugs that driver.bug turns on, each at exactly one point of the driver, to see which
// monitor catches it.
#pragma once

#include <optional>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

enum class Bug : u8 {
  kNone,
  kNoAtcInv,
  kNoTlbi,
  kNoDrain,
  kEarlyPasidFree,
  kNoRelease,
  kAtcBeforeTlbi,
  kStallInQuietCd
};

struct BugInfo {
  Bug bug;
  std::string_view name;
  std::string_view description;
  std::string_view source;  // the historical change that fixed it
};

inline constexpr BugInfo kBugs[] = {
    {Bug::kNoAtcInv, "no_atc_inv", "device translation caches are never invalidated",
     "iommu/arm-smmu-v3 685ca577b408"},
    {Bug::kNoTlbi, "no_tlbi", "the SMMU's TLBs are not invalidated by the mm notifier, release and unbind",
     "iommu/riscv CVE-2026-53057"},
    {Bug::kNoDrain, "no_drain", "page requests and stalls still queued are not drained at unbind",
     "iommu/vt-d CVE-2025-38594"},
    {Bug::kEarlyPasidFree, "early_pasid_free", "the PASID is returned at process exit, before unbind",
     "mm 2667ed10d9f0"},
    {Bug::kNoRelease, "no_release", "process exit leaves the context descriptor live",
     "iommu/sva 2020 contract"},
    {Bug::kAtcBeforeTlbi, "atc_before_tlbi", "ATC_INV is sent before the TLBI is complete",
     "iommu/arm-smmu-v3 353e3cf8590c"},
    {Bug::kStallInQuietCd, "stall_in_quiet_cd", "the quiesced context descriptor still records and stalls",
     "iommu/arm-smmu-v3 b41932f54458"},
};

constexpr std::optional<Bug> find_bug(std::string_view name) {
  if (name == "none") return Bug::kNone;
  for (const BugInfo& b : kBugs) {
    if (b.name == name) return b.bug;
  }
  return std::nullopt;
}

}  // namespace smmu_vp::sw

// Applies every operation to the reference cache when the RTL commits it and compares the answers: status,
// data, MSHR, victim, counts. It reports only the first difference, in one line; after that the two caches
// are no longer comparable.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "testbench/machine/rtl_adapter/cache_driver.h"
#include "tlm/core/reference_cache.h"

namespace smmu_vp::tb {

class LockstepChecker final : public CommitListener {
 public:
  LockstepChecker(CacheModel& rtl, core::ReferenceCache reference)
      : rtl_(rtl), reference_(std::move(reference)) {}

  void committed(LookupOperation& op) override;
  void committed(FillOperation& op) override;
  void committed(InvalidateOperation& op) override;
  void answered(const LookupOperation& op) override;
  void answered(const FillOperation& op) override;
  void answered(const InvalidateOperation& op) override;
  void unasked(std::string_view channel) override;

  const core::ReferenceCache& reference() const { return reference_; }
  u64 compared() const { return compared_; }
  bool diverged() const { return diverged_; }

  std::function<void(std::string)> on_difference;

 private:
  void report(const std::string& operation, const std::string& difference, bool block_bank, unsigned set);
  // Describes the slots that differ in the set and in the block bank.
  std::string different_slots(bool block_bank, unsigned set);

  CacheModel& rtl_;
  core::ReferenceCache reference_;
  u64 compared_ = 0;
  bool diverged_ = false;
};

}  // namespace smmu_vp::tb

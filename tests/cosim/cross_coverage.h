// Cross coverage of random traffic: counts every possible combination of operation, granule and outcome.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/machine/rtl_adapter/cache_driver.h"

namespace smmu_vp::tb {

class CrossCoverage {
 public:
  CrossCoverage();

  // Listens to one run of traffic on one cache and adds to the total.
  class Run final : public CommitListener {
   public:
    explicit Run(CrossCoverage& whole) : whole_(whole) {}

    void committed(LookupOperation&) override {}
    void committed(FillOperation&) override {}
    void committed(InvalidateOperation&) override { ++invalidations_under_way_; }
    void answered(const LookupOperation& op) override;
    void answered(const FillOperation& op) override;
    void answered(const InvalidateOperation& op) override;

   private:
    CrossCoverage& whole_;
    unsigned invalidations_under_way_ = 0;
    std::map<u8, core::Granule> owners_;  // of pending MSHRs
  };

  const std::map<std::string, u64>& bins() const { return bins_; }
  std::vector<std::string> missed() const;

 private:
  void count(const std::string& bin) { ++bins_.at(bin); }

  std::map<std::string, u64> bins_;
};

}  // namespace smmu_vp::tb

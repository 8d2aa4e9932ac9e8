// Runs the RTL alone, judged by the contract: any organisation is right that keeps it. Announces the first violation of
// each rule.
#pragma once

#include <memory>
#include <utility>

#include "testbench/machine/rtl_adapter/contract_checker.h"
#include "testbench/machine/rtl_adapter/rtl_cache.h"

namespace smmu_vp::tb {

class ContractCache final : public RtlCache {
 public:
  ContractCache(sc_core::sc_module_name name, std::unique_ptr<CacheModel> rtl, u64 clock_ps,
                transport::Timing& timing, const trace::Bus& bus)
      : RtlCache(name, std::move(rtl), clock_ps, timing, bus) {
    listen(checker_);
    checker_.on_violation = [this](const ContractViolation& violation) {
      facts().mismatch("the contract is broken: " + violation.text());
    };
  }

 private:
  bool judges() const override { return true; }

  ContractChecker checker_;
};

}  // namespace smmu_vp::tb

// The bus as one SMMU uses it: adds the SMMU's number to each of its facts.
#pragma once

#include "tlm/trace/bus.h"

namespace smmu_vp::trace {

class SmmuBus {
 public:
  // `smmu` numbers the SMMUs of a platform from 0.
  SmmuBus(const Bus& bus, u8 smmu = 0) : bus_(&bus), smmu_(smmu) {}

  u8 smmu() const { return smmu_; }
  template <typename F>
  void announce(F fact) const {
    fact.smmu = smmu_;
    bus_->announce(fact);
  }
  template <typename F>
  bool heard() const {
    return bus_->heard<F>();
  }

 private:
  const Bus* bus_;
  u8 smmu_;
};

}  // namespace smmu_vp::trace

// Inputs and clock change at the falling edge, the cache at the rising one.
#include "testbench/runs/cosim/cosim_waves.h"

#include <utility>

namespace smmu_vp::tb {

CosimWaves::CosimWaves(CacheModel& model, Traffic& traffic, Place place)
    : traffic_(traffic),
      place_(std::move(place)),
      bus_([this] { return now_ps_; }),
      layout_(bus_),
      file_({}),
      mismatch_(file_.add("tlm.judgement", "cache_mismatch", 1)),
      operation_(file_.add("tlm.judgement", "answers", 32)) {
  model.trace(file_.models());
  file_.open(place_.path + ".fst", {});
  traffic.watch(*this);
}

void CosimWaves::before_low(u64 cycle) {
  look(cycle * kCyclePs);
  file_.before_change(now_ps_);
}

void CosimWaves::before_rise(u64 cycle) {
  look(cycle * kCyclePs + kCyclePs / 2);
  file_.before_change(now_ps_);
}

void CosimWaves::look(u64 t_ps) {
  now_ps_ = t_ps;
  file_.set(operation_, traffic_.answers(), t_ps);
  if (traffic_.result().clean() || file_.value(mismatch_) != 0) return;
  file_.set(mismatch_, 1, t_ps);
  bus_.announce(trace::CacheMismatch{.site = place_.site, .what = traffic_.result().difference});
}

void CosimWaves::close() {
  constexpr u64 kAfter = 4;  // cycles shown after the last
  look(now_ps_ + kCyclePs / 2);
  const u64 end_ps = now_ps_ + kAfter * kCyclePs;
  file_.close(end_ps);
  layout_.write(place_.path + ".gtkw", place_.path + ".fst", true, file_, {place_.site}, end_ps);
}

}  // namespace smmu_vp::tb

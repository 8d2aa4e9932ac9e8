// Clocks the Verilated cache and blocks its callers until they are answered.
#include "testbench/machine/rtl_adapter/rtl_cache.h"

#include <utility>

namespace smmu_vp::tb {

using sc_core::sc_time;
using transport::Timing;
using transport::TimingMode;

RtlCache::RtlCache(sc_core::sc_module_name name, std::unique_ptr<CacheModel> model, u64 clock_ps,
                   Timing& timing, const trace::Bus& bus)
    : sc_module(name),
      model_(std::move(model)),
      driver_(*model_),
      clock_ps_(clock_ps),
      timing_(timing),
      facts_(bus, basename()) {
  model_->on_assertion = [this](const std::string& what) { report_assertion(what); };
  SC_METHOD(run_clock);
  sensitive << rising_;
  dont_initialize();
}

template <typename Operation>
std::unique_ptr<RtlCache::Pending<Operation>> RtlCache::Pool<Operation>::take() {
  if (free.empty()) return std::make_unique<Pending<Operation>>();
  auto op = std::move(free.back());
  free.pop_back();
  return op;
}

template <typename Operation, typename Request>
auto RtlCache::perform(Pool<Operation>& pool, const Request& request) {
  auto op = pool.take();
  op->request = request;
  op->done = false;
  driver_.submit(*op);
  if (timing_.mode() == TimingMode::kTimed) {
    wake_clock();
    while (!op->done) sc_core::wait(op->answered);
  } else {
    const u64 before = cycles_;
    while (!op->done) {
      // Another thread's operation may bring the answer; a cache that never gives one must not end in an endless loop.
      if (driver_.stalled()) {
        sc_core::wait(op->answered);
      } else {
        cycle();
      }
    }
    timing_.charge((cycles_ - before) * clock_ps_);
  }
  const auto result = op->result;
  pool.free.push_back(std::move(op));
  return result;
}

core::LookupResult RtlCache::lookup(const core::LookupKey& key) {
  return perform(lookups_, key);
}

core::FillResult RtlCache::fill(u8 mshr, const core::Translation* entry_or_null) {
  FillRequest request{.mshr = mshr, .present = entry_or_null != nullptr, .entry = {}};
  if (entry_or_null != nullptr) request.entry = *entry_or_null;
  return perform(fills_, request);
}

core::InvalidateResult RtlCache::invalidate(const core::Invalidation& what) {
  return perform(invalidations_, what);
}

void RtlCache::wake_clock() {
  if (std::exchange(clock_runs_, true)) return;
  const u64 now = Timing::now_ps();
  rising_.notify(sc_time::from_value((now / clock_ps_ + 1) * clock_ps_ - now));
}

void RtlCache::run_clock() {
  cycle();
  clock_runs_ = !driver_.idle();
  if (clock_runs_) rising_.notify(sc_time::from_value(clock_ps_));
  if (later) later(Timing::now_ps() + clock_ps_ / 2, [this] { model_->fall(); });
}

void RtlCache::cycle() {
  ++cycles_;
  const CacheDriver::Answered answered = driver_.cycle({}, [this] {
    if (before_eval) before_eval(Timing::now_ps());
  });
  finish(static_cast<Pending<LookupOperation>*>(answered.lookup));
  finish(static_cast<Pending<FillOperation>*>(answered.fill));
  finish(static_cast<Pending<InvalidateOperation>*>(answered.invalidate));
}

template <typename Operation>
void RtlCache::finish(Operation* op) {
  if (op == nullptr) return;
  finished(*op);
  if (sc_core::sc_is_running()) op->answered.notify();  // before that nobody waits
}

void RtlCache::finished(const LookupOperation& op) {
  facts_.lookup(op.request, op.result, judges());
}

void RtlCache::finished(const FillOperation& op) {
  facts_.fill(op.request.mshr, op.request.present ? &op.request.entry : nullptr, op.result, judges());
}

void RtlCache::finished(const InvalidateOperation& op) {
  facts_.invalidate(op.request, op.result, judges());
}

void RtlCache::report_assertion(const std::string& what) {
  if (assertions_reported_.insert(what).second) facts_.mismatch("RTL assertion failed: " + what);
}

}  // namespace smmu_vp::tb

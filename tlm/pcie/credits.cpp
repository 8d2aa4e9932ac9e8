// Waiting for credits, and their return.
#include "tlm/pcie/credits.h"

#include <algorithm>

#include "tlm/transport/timing.h"

namespace smmu_vp::pcie {

using transport::Timing;

namespace {
// An advertised value of 0 means infinite credits.
constexpr u64 amount(u64 advertised) {
  return advertised == 0 ? ~u64{0} >> 1 : advertised;
}
}  // namespace

Credits::Credits(sc_core::sc_module_name name, Need advertised, u64 return_ps)
    : sc_module(name),
      advertised_{amount(advertised.headers), amount(advertised.data)},
      free_(advertised_),
      return_ps_(return_ps) {
  SC_HAS_PROCESS(Credits);
  SC_METHOD(serve);
  sensitive << return_due_;
  dont_initialize();
}

Credits::Need Credits::clipped(const Need& need) const {
  return {std::min(need.headers, advertised_.headers), std::min(need.data, advertised_.data)};
}

bool Credits::grab(const Need& need) {
  collect();
  const Need n = clipped(need);
  if (n.headers > free_.headers || n.data > free_.data) return false;
  free_.headers -= n.headers;
  free_.data -= n.data;
  return true;
}

void Credits::take(const Need& need) {
  bool granted = false;
  sc_core::sc_event go;
  then(need, [&] {
    granted = true;
    go.notify();
  });
  while (!granted) sc_core::wait(go);
}

void Credits::give_back(const Need& need) {
  returns_.push_back({Timing::now_ps() + return_ps_, clipped(need)});
  await_return();
}

void Credits::collect() {
  const u64 now = Timing::now_ps();
  for (; !returns_.empty() && returns_.front().at_ps <= now; returns_.pop_front()) {
    free_.headers += returns_.front().need.headers;
    free_.data += returns_.front().need.data;
  }
}

// Nothing is scheduled while no request waits.
void Credits::await_return() {
  if (waiting_.empty() || returns_.empty()) return;
  const u64 now = Timing::now_ps();
  return_due_.notify(sc_core::sc_time::from_value(std::max(returns_.front().at_ps, now) - now));
}

void Credits::serve() {
  while (!waiting_.empty() && grab(waiting_.front().need)) {
    const Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    first.go();
  }
  await_return();
}

void Credits::visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const {
  visit(prefix + ".waits", waits_);
}

}  // namespace smmu_vp::pcie

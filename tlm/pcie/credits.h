// Flow control (2.6): a request leaves only if the receiver has advertised room for its headers and data. One
// pool per direction and type of traffic; completions have none, since both ends advertise infinite credits
// for them (2.6.1).
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <utility>

#include "tlm/device/counters.h"
#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

class Credits : public sc_core::sc_module {
 public:
  struct Need {
    u64 headers = 1;
    u64 data = 0;  // units of 16 bytes
  };

  // The receiver advertises `advertised`; 0 is infinite (2.6.1). `return_ps` is the time an UpdateFC takes.
  Credits(sc_core::sc_module_name name, Need advertised, u64 return_ps);

  // Blocks until the credits are available: first come, first served, so that traffic of one type stays in
  // order. A request that needs more than the receiver advertised takes all credits, as its packets would
  // leave one by one.
  void take(const Need& need);
  // Like take() but without blocking: `go` runs once the credits are available, possibly at once.
  template <typename Go>
  void then(const Need& need, Go&& go) {
    if (waiting_.empty() && grab(need)) return go();
    ++waits_;
    waiting_.push_back({need, std::forward<Go>(go)});
    await_return();
  }
  // The receiver has processed what took `need`.
  void give_back(const Need& need);

  void visit_counters(const std::string& prefix, const device::CounterVisitor& visit) const;

 private:
  struct Waiting {
    Need need;
    std::function<void()> go;
  };
  struct Return {
    u64 at_ps;
    Need need;
  };

  Need clipped(const Need& need) const;
  bool grab(const Need& need);
  void collect();
  void await_return();
  void serve();

  Need advertised_, free_;
  u64 return_ps_;
  std::deque<Waiting> waiting_;
  std::deque<Return> returns_;  // on their way back; collected when a request needs them
  sc_core::sc_event return_due_;
  u64 waits_ = 0;
};

// The credits for `packets` posted requests with `payload` bytes in total (2.6.1: 16 bytes per data credit).
constexpr Credits::Need posted_credits(u64 packets, u64 payload) {
  return {packets, (payload + 15) / 16};
}

}  // namespace smmu_vp::pcie

// Flow control (2.6): a request leaves only while the receiver has advertised room for its headers and data.
// One pool a direction and type of traffic; completions have none, since both ends advertise them infinite
// (2.6.1).
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <utility>

#include "tlm/pcie/counters.h"
#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

class Credits : public sc_core::sc_module {
 public:
  struct Need {
    u64 headers = 1;
    u64 data = 0;  // units of 16 bytes
  };

  // What the receiver advertises; 0 is infinite (2.6.1). `return_ps`: what an UpdateFC takes to come back.
  Credits(sc_core::sc_module_name name, Need advertised, u64 return_ps);

  // Blocks until the credits are there: first come, first served, so that traffic of one type stays in order.
  // What needs more than was ever advertised leaves with all of it, as packets that follow each other.
  void take(const Need& need);
  // As take(), without blocking: `go` runs once the credits are there, which may be at once.
  template <typename Go>
  void then(const Need& need, Go&& go) {
    if (waiting_.empty() && grab(need)) return go();
    ++waits_;
    waiting_.push_back({need, std::forward<Go>(go)});
    await_return();
  }
  // The receiver has done with what took `need`.
  void give_back(const Need& need);

  void visit_counters(const std::string& prefix, const CounterVisitor& visit) const;

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
  std::deque<Return> returns_;  // on their way; looked at when somebody needs them
  sc_core::sc_event return_due_;
  u64 waits_ = 0;
};

// What `packets` posted requests with `payload` bytes between them need (2.6.1: 16 bytes a unit of data).
constexpr Credits::Need posted_credits(u64 packets, u64 payload) {
  return {packets, (payload + 15) / 16};
}

}  // namespace smmu_vp::pcie

// Places that SC_THREADs take in the order in which they came. Who leaves hands its place over, so nobody who comes
// later can take it first.
#pragma once

#include <list>
#include <systemc>

namespace smmu_vp::smmu {

class Turnstile {
 public:
  // How many may be inside at once; with one place it is a lock.
  explicit Turnstile(unsigned places = 1) : places_(places), free_(places) {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  // Held for a scope.
  class Pass {
   public:
    explicit Pass(Turnstile& t) : turnstile_(t) { t.enter(); }
    ~Pass() { turnstile_.hand_over(); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Turnstile& turnstile_;
  };

  bool busy() const { return free_ != places_; }

 private:
  struct Waiter {
    sc_core::sc_event wake;
    bool called = false;
  };
  using Queue = std::list<Waiter>;
  // Waits for as long as it lives, even if its thread is killed.
  struct Waiting {
    explicit Waiting(Turnstile& t) : turnstile(t) {
      if (t.idle_.empty()) t.idle_.emplace_back();
      me = t.idle_.begin();
      t.waiting_.splice(t.waiting_.end(), t.idle_, me);
    }
    ~Waiting() {
      Queue& from = me->called ? turnstile.called_ : turnstile.waiting_;
      me->called = false;
      turnstile.idle_.splice(turnstile.idle_.end(), from, me);
      if (!inside && &from == &turnstile.called_) turnstile.hand_over();
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    Turnstile& turnstile;
    Queue::iterator me;
    bool inside = false;
  };

  void enter() {
    if (free_ != 0) {
      --free_;
      return;
    }
    Waiting waiting(*this);
    while (!waiting.me->called) sc_core::wait(waiting.me->wake);
    waiting.inside = true;
  }
  void hand_over() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    const auto next = waiting_.begin();
    called_.splice(called_.end(), waiting_, next);
    next->called = true;
    next->wake.notify();
  }

  unsigned places_, free_;
  Queue waiting_, called_, idle_;  // events are made once: the kernel names each
};

}  // namespace smmu_vp::smmu

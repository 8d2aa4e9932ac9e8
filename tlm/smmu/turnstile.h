// A first-come, first-served lock for SC_THREADs.
#pragma once

#include <systemc>

#include "tlm/spec/types.h"

namespace smmu_vp::smmu {

class Turnstile {
 public:
  // Held for a scope.
  class Pass {
   public:
    explicit Pass(Turnstile& t) : turnstile_(t) {
      const u64 ticket = t.issued_++;
      while (t.served_ != ticket) sc_core::wait(t.next_);
    }
    ~Pass() {
      ++turnstile_.served_;
      if (turnstile_.busy()) turnstile_.next_.notify();
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Turnstile& turnstile_;
  };

  bool busy() const { return served_ != issued_; }

 private:
  u64 issued_ = 0, served_ = 0;
  sc_core::sc_event next_;
};

}  // namespace smmu_vp::smmu

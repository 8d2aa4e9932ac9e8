// Measures how long one driver operation takes. Exactly one part runs at any moment, so the parts add up to
// the whole; a part that is entered several times is announced each time.
#pragma once

#include "sw_driver/env.h"

namespace smmu_vp::sw {

class Operation {
 public:
  // String literals, as every part's name.
  struct Names {
    std::string_view name;
    std::string_view first_part = "driver";
  };
  Operation(Env& env, const Names& names)
      : env_(env),
        name_(names.name),
        part_(names.first_part),
        id_(++env.operations),
        begin_(env.os.now_ps()),
        part_begin_(begin_) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() {
    end_part();
    env_.announce(trace::Operation{name_, "", id_, begin_, env_.os.now_ps()});
  }

  void enter(std::string_view part) {
    if (part == part_) return;
    end_part();
    part_ = part;
  }

 private:
  void end_part() {
    const u64 now = env_.os.now_ps();
    if (now != part_begin_) env_.announce(trace::Operation{name_, part_, id_, part_begin_, now});
    part_begin_ = now;
  }

  Env& env_;
  std::string_view name_, part_;
  u64 id_, begin_, part_begin_;
};

}  // namespace smmu_vp::sw

// One direction of ATS and PRI messages: they leave when credits are available, take the
// link's time, and arrive in order.
#pragma once

#include <deque>
#include <functional>
#include <systemc>

#include "tlm/pcie/link.h"
#include "tlm/transport/message_extension.h"

namespace smmu_vp::pcie {

class MessagePipe : public sc_core::sc_module {
 public:
  struct Item {
    transport::MessageExtension message;
    u64 ticket = 0;  // posted order; upstream only
    u64 arrives_ps = 0;
    Credits::Need need{};
  };
  // `deliver` may block; the next message waits for it.
  MessagePipe(sc_core::sc_module_name name, Direction& direction, std::function<void(const Item&)> deliver);

  void push(const transport::MessageExtension& message, u64 ticket = 0);
  // Blocks until everything pushed so far was delivered.
  void flush();
  bool idle() const { return delivered_ == pushed_; }

 private:
  void run();

  Direction& direction_;
  std::function<void(const Item&)> deliver_;
  std::deque<Item> queue_;
  u64 pushed_ = 0, delivered_ = 0;
  sc_core::sc_event arrived_, progress_;
};

}  // namespace smmu_vp::pcie

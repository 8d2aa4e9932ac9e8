// Messages to endpoints: Invalidate Requests and PRG Responses. Each port has a thread that sends in order,
// so neither the command queue nor the delivery of a page request waits for a link.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "tlm/transport/message_extension.h"

namespace smmu_vp::smmu {

class Messages {
 public:
  // `deliver` sends a message on a port and blocks until it has arrived.
  using Deliver = std::function<void(unsigned port, const transport::MessageExtension&)>;
  Messages(unsigned ports, Deliver deliver);

  void send(unsigned port, const transport::MessageExtension& message);
  bool idle() const;

 private:
  struct Port {
    std::deque<transport::MessageExtension> queue;
    sc_core::sc_event filled;
    bool sending = false;
  };
  void run(unsigned port);

  std::deque<Port> ports_;
  Deliver deliver_;
};

}  // namespace smmu_vp::smmu

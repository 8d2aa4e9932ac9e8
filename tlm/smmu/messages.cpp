// One sender thread per port.
#include "tlm/smmu/messages.h"

#include <algorithm>
#include <string>

namespace smmu_vp::smmu {

Messages::Messages(unsigned ports, Deliver deliver) : ports_(ports), deliver_(std::move(deliver)) {
  for (unsigned port = 0; port < ports; ++port) {
    sc_core::sc_spawn([this, port] { run(port); }, ("message_sender_" + std::to_string(port)).c_str());
  }
}

void Messages::send(unsigned port, const transport::MessageExtension& message) {
  ports_[port].queue.push_back(message);
  ports_[port].filled.notify();
}

bool Messages::idle() const {
  return std::ranges::all_of(ports_, [](const Port& p) { return p.queue.empty() && !p.sending; });
}

void Messages::run(unsigned index) {
  Port& port = ports_[index];
  for (;;) {
    while (port.queue.empty()) sc_core::wait(port.filled);
    const transport::MessageExtension message = port.queue.front();
    port.queue.pop_front();
    port.sending = true;
    deliver_(index, message);
    port.sending = false;
  }
}

}  // namespace smmu_vp::smmu

// The thread that carries messages from one end to the other.
#include "tlm/pcie/message_pipe.h"

#include <utility>

namespace smmu_vp::pcie {

MessagePipe::MessagePipe(sc_core::sc_module_name name, std::function<void(const Item&)> deliver)
    : sc_module(name), deliver_(std::move(deliver)) {
  SC_HAS_PROCESS(MessagePipe);
  SC_THREAD(run);
}

void MessagePipe::push(const transport::MessageExtension& message, u64 delay_ps, u64 ticket) {
  queue_.push_back({message, transport::Timing::now_ps() + delay_ps, ticket});
  ++pushed_;
  arrived_.notify();
}

void MessagePipe::flush() {
  const u64 upto = pushed_;
  while (delivered_ < upto) wait(progress_);
}

void MessagePipe::run() {
  for (;;) {
    while (queue_.empty()) wait(arrived_);
    const Item item = queue_.front();
    queue_.pop_front();
    const u64 now = transport::Timing::now_ps();
    if (item.arrives_ps > now) transport::Timing::wait_ps(item.arrives_ps - now);
    deliver_(item);
    ++delivered_;
    progress_.notify();
  }
}

}  // namespace smmu_vp::pcie

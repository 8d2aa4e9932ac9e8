// The thread that carries messages from one end to the other.
#include "tlm/pcie/message_pipe.h"

#include <utility>

#include "tlm/transport/timing.h"

namespace smmu_vp::pcie {

namespace {

u64 payload_bytes(const transport::MessageExtension& message) {
  return message.kind == transport::MessageKind::kInvalidateRequest ? sizeof(u64) : 0;
}

}  // namespace

MessagePipe::MessagePipe(sc_core::sc_module_name name, Direction& direction,
                         std::function<void(const Item&)> deliver)
    : sc_module(name), direction_(direction), deliver_(std::move(deliver)) {
  SC_HAS_PROCESS(MessagePipe);
  SC_THREAD(run);
}

void MessagePipe::push(const transport::MessageExtension& message, u64 ticket) {
  ++pushed_;
  const u64 payload = payload_bytes(message);
  Item item{.message = message, .ticket = ticket, .need = posted_credits(1, payload)};
  direction_.posted.then(
      item.need, [this, item, bytes = message_header(message.who.pasid.has_value()) + payload]() mutable {
        item.arrives_ps = transport::Timing::now_ps() + direction_.wire.reserve(bytes);
        queue_.push_back(item);
        arrived_.notify();
      });
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
    direction_.posted.give_back(item.need);
    ++delivered_;
    progress_.notify();
  }
}

}  // namespace smmu_vp::pcie

// ITags are assigned round robin, so that a completion arriving after its timeout rarely meets a reused tag.
#include "tlm/smmu/atc_invalidations.h"

#include <algorithm>

namespace smmu_vp::smmu {

using transport::MessageExtension;
using transport::Timing;

AtcInvalidations::AtcInvalidations(State& state, Messages& messages, const PortOfStream& route,
                                   unsigned ports)
    : state_(state), watch_(state), messages_(messages), route_(route), ports_(ports) {}

void AtcInvalidations::send(const spec::Requester& who, bool global, u64 address, u8 log2_size) {
  const std::optional<unsigned> route = route_(who.sid);
  if (!route) return;
  Port& port = ports_[*route];
  const unsigned itag = take_tag(port);
  port.tags[itag] = {true, 0, who.sid, Timing::now_ps() + state_.config.timing.atc_inv_timeout_ps};
  ++outstanding_;
  watch_.sent(who, itag, address, log2_size);

  MessageExtension m;
  m.kind = transport::MessageKind::kInvalidateRequest;
  m.who = who;
  m.address = address;
  m.log2_size = log2_size;
  m.global = global;
  m.itag = static_cast<u8>(itag);
  messages_.send(*route, m);
}

unsigned AtcInvalidations::take_tag(Port& port) {
  for (;;) {
    expire();
    for (unsigned tried = 0; tried < kTags; ++tried) {
      const unsigned itag = (port.next + tried) % kTags;
      if (port.tags[itag].busy) continue;
      port.next = itag + 1;
      return itag;
    }
    wait_for_change();
  }
}

void AtcInvalidations::completed(unsigned port, const MessageExtension& completion) {
  const unsigned wanted = completion.completion_count == 0 ? 8 : completion.completion_count;
  for (unsigned itag = 0; itag < kTags; ++itag) {
    Tag& tag = ports_[port].tags[itag];
    // A completion that matches no outstanding request is ignored.
    if ((completion.itag_vector >> itag & 1) == 0 || !tag.busy || tag.sid != completion.who.sid) continue;
    if (++tag.received >= wanted) finish(tag, itag, false);
  }
}

void AtcInvalidations::unsupported(unsigned port, unsigned itag) {
  if (Tag& tag = ports_[port].tags[itag]; tag.busy) finish(tag, itag, false);
}

void AtcInvalidations::finish(Tag& tag, unsigned itag, bool timed_out) {
  tag.busy = false;
  --outstanding_;
  timed_out_ |= timed_out;
  completed_at_ = state_.transactions.next_number();
  watch_.done(tag.sid, itag, timed_out);
  changed_.notify();
}

void AtcInvalidations::expire() {
  const u64 now = Timing::now_ps();
  for (Port& port : ports_) {
    for (unsigned itag = 0; itag < kTags; ++itag) {
      if (port.tags[itag].busy && port.tags[itag].deadline_ps <= now) finish(port.tags[itag], itag, true);
    }
  }
}

// Blocks until a completion arrives or the oldest request times out. No timer runs while no command waits.
void AtcInvalidations::wait_for_change() {
  u64 deadline = ~u64{0};
  for (const Port& port : ports_) {
    for (const Tag& tag : port.tags) {
      if (tag.busy) deadline = std::min(deadline, tag.deadline_ps);
    }
  }
  sc_core::wait(sc_core::sc_time::from_value(deadline - Timing::now_ps()), changed_);
}

bool AtcInvalidations::idle() const {
  const u64 now = Timing::now_ps();
  return std::ranges::all_of(ports_, [now](const Port& port) {
    return std::ranges::all_of(port.tags, [now](const Tag& t) { return !t.busy || t.deadline_ps <= now; });
  });
}

bool AtcInvalidations::wait_all() {
  expire();
  while (outstanding_ != 0) {
    wait_for_change();
    expire();
  }
  return !std::exchange(timed_out_, false);
}

}  // namespace smmu_vp::smmu

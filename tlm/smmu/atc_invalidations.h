// ATS Invalidate Requests in flight: tags, completions, timeouts (3.9.1.4, 4.5.1).
#pragma once

#include <array>
#include <vector>

#include "tlm/smmu/atc_watch.h"
#include "tlm/smmu/messages.h"
#include "tlm/smmu/routing.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class AtcInvalidations {
 public:
  AtcInvalidations(State& state, Messages& messages, const PortOfStream& route, unsigned ports);

  // Waits for a free tag if all 32 of the port are in use.
  void send(const spec::Requester& who, bool global, u64 address, u8 log2_size);
  // Bits of its `itag_vector` are complete once as many such messages have come as it says (PCIe: 0 means 8).
  void completed(unsigned port, const transport::MessageExtension& completion);
  // A completion with Unsupported Request: no function answers, and the request
  // ends without an error (3.9.1.5).
  void unsupported(unsigned port, unsigned itag);
  // Waits until every request sent so far is complete or has timed out. Returns false if any has timed out
  // since the last call.
  bool wait_all();

  // The number of the first transaction to arrive after the newest completion.
  u64 completed_at() const { return completed_at_; }

  // No completion is outstanding; a time-out may still have to be reported.
  bool idle() const;

 private:
  static constexpr unsigned kTags = 32;
  struct Tag {
    bool busy = false;
    u8 received = 0;
    u32 sid = 0;
    u64 deadline_ps = 0;
  };
  struct Port {
    std::array<Tag, kTags> tags;
    unsigned next = 0;
  };

  unsigned take_tag(Port& port);
  void expire();
  void wait_for_change();
  void finish(Tag& tag, unsigned itag, bool timed_out);

  State& state_;
  AtcWatch watch_;
  Messages& messages_;
  const PortOfStream& route_;
  std::vector<Port> ports_;
  unsigned outstanding_ = 0;
  bool timed_out_ = false;
  u64 completed_at_ = 0;
  sc_core::sc_event changed_;
};

}  // namespace smmu_vp::smmu

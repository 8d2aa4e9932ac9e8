// Decodes a record into the fields that its event has.
#include "tlm/smmu/event_watch.h"

namespace smmu_vp::smmu {

namespace evt = spec::evt;

void EventWatch::announce(const spec::Event& event, bool dropped, bool merged) const {
  if (!state_.facts.heard<trace::EventRecord>()) return;
  const spec::EventId id = spec::id_of(event);
  const bool ssv = evt::SSV.get(event.w) != 0 || id == spec::EventId::C_BAD_SUBSTREAMID;
  state_.facts.announce(
      trace::EventRecord{.id = id,
                         .who = {static_cast<u32>(evt::StreamID.get(event.w)),
                                 spec::substream(ssv, static_cast<u32>(evt::SubstreamID.get(event.w)))},
                         .stall = spec::stalls(event),
                         .dropped = dropped,
                         .address = spec::input_address(event),
                         .w0 = event.w[0],
                         .w1 = event.w[1],
                         .w2 = event.w[2],
                         .w3 = event.w[3],
                         .merged = merged});
}

}  // namespace smmu_vp::smmu

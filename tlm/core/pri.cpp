// The automatic responses of 8.1 and 8.2.
#include "tlm/core/pri.h"

namespace smmu_vp::core {

namespace ppr = spec::ppr;

spec::PageRequest page_request_record(const PageRequestMessage& m) {
  spec::PageRequest r;
  ppr::StreamID.set(r.w, m.asked.who.sid);
  ppr::SSV.set(r.w, m.asked.who.ssv());
  ppr::SubstreamID.set(r.w, m.asked.who.ssid());
  ppr::Priv.set(r.w, m.asked.who.pasid && m.asked.intent.priv);  // carried in the PASID (8)
  ppr::X.set(r.w, m.asked.who.pasid && m.asked.intent.exec);
  ppr::R.set(r.w, m.asked.intent.read);
  ppr::W.set(r.w, m.asked.intent.write);
  ppr::Last.set(r.w, m.last);
  ppr::PRGIndex.set(r.w, m.prg_index);
  ppr::Address.set(r.w, m.asked.address >> 12);
  return r;
}

std::optional<AutoResponse> answer_when_unavailable(const PageRequestMessage& request) {
  if (request.stop_marker) return std::nullopt;
  return AutoResponse{spec::ResponseCode::kResponseFailure, false};
}

std::optional<AutoResponse> answer_on_overflow(const PageRequestMessage& request,
                                               std::optional<bool> ste_ppar) {
  if (!answered_on_overflow(request)) return std::nullopt;
  if (!request.asked.who.pasid) return AutoResponse{spec::ResponseCode::kSuccess, false};
  if (!ste_ppar) return AutoResponse{spec::ResponseCode::kResponseFailure, false};
  return AutoResponse{spec::ResponseCode::kSuccess, *ste_ppar};
}

}  // namespace smmu_vp::core

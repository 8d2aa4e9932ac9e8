// How the parts of the endpoint hang together.
#include "tlm/pcie/endpoint.h"

#include "tlm/spec/accelerator.h"

namespace smmu_vp::pcie {

Endpoint::Endpoint(sc_core::sc_module_name name, const EndpointConfig& config, RootPort& port,
                   transport::Timing& timing, const trace::Bus& facts, core::TranslationCachePort& atc)
    : sc_module(name),
      config_(config),
      port_(port),
      registers_(port.link_config(), config.pri, spec::accel::kBarSize, *this),
      misconduct_(config.stream_id, config.misbehave.on, facts),
      requester_(config.stream_id, facts, [this](const DmaRequest& r) { return send(r); }),
      rogue_(
          "rogue", misconduct_, registers_, requester_, [this](const auto& m) { post(m); },
          [this] { remove(); }, config.misbehave.seed),
      pages_(config.stream_id, registers_, misconduct_, facts, [this](const auto& m) { post(m); }),
      atc_("atc", registers_, requester_, misconduct_, atc, config.ats, config.misbehave.slow_ps, timing,
           [this](const auto& m) { post(m); }),
      dma_(registers_, requester_, atc_, pages_, rogue_, port, config.pri),
      msix_(registers_, [this](u64 address, u32 data) { interrupt(address, data); }),
      accelerator_(
          "accelerator", config.accelerator, config.stream_id, dma_,
          [this](unsigned vector) { msix_.raise(vector); }, facts) {
  port_.attach(*this);
}

DmaAnswer Endpoint::send(const DmaRequest& request) {
  if (!registers_.bus_master() || !present_) return {.status = transport::DmaStatus::kAborted};  // 7.5.1.1.3
  return port_.request(*this, request);
}

void Endpoint::post(const transport::MessageExtension& message) {
  if (present_) port_.post(*this, message);
}

void Endpoint::ats_control_changed() {
  atc_.flush();
  rogue_.occasion();
}

bool Endpoint::bar_read(u64 offset, void* data, unsigned bytes) {
  return Msix::contains(offset) ? msix_.read(offset, data, bytes) : accelerator_.read(offset, data, bytes);
}

bool Endpoint::bar_write(u64 offset, const void* data, unsigned bytes) {
  return Msix::contains(offset) ? msix_.write(offset, data, bytes) : accelerator_.write(offset, data, bytes);
}

void Endpoint::message(const transport::MessageExtension& message) {
  switch (message.kind) {
    case transport::MessageKind::kInvalidateRequest:
      rogue_.invalidated(message);
      return atc_.invalidate_request(message);
    case transport::MessageKind::kPrgResponse:
      return pages_.response(message);
    case transport::MessageKind::kInvalidateCompletion:
    case transport::MessageKind::kPageRequest:
    case transport::MessageKind::kPageHint:
      break;  // upstream only: an endpoint drops them
  }
}

// An MSI is an ordinary write without a PASID (6.1.4).
void Endpoint::interrupt(u64 address, u32 data) {
  DmaRequest request;
  request.write = true;
  request.address = address;
  request.data = &data;
  request.bytes = sizeof data;
  requester_.issue(request, address);
}

// 6.6.2: registers at their reset values at once; what is under way ends without touching memory again,
// because the function is no bus master any more.
void Endpoint::function_level_reset() {
  give_up_everything();
  if (misconduct_.commits(Misbehaviour::kHangInFlr)) present_ = false;
}

void Endpoint::remove() {
  present_ = false;
  give_up_everything();
}

void Endpoint::give_up_everything() {
  registers_.reset();
  msix_.reset();
  accelerator_.reset();
  pages_.reset();
  atc_.flush();
}

InjectResult Endpoint::inject(const Injection& what) {
  const u64 begin = transport::Timing::now_ps();
  InjectResult result;
  switch (what.kind) {
    case InjectKind::kUntranslated:
    case InjectKind::kTranslated: {
      DmaRequest request;
      request.at = what.kind == InjectKind::kTranslated ? transport::AddressType::kTranslated
                                                        : transport::AddressType::kUntranslated;
      request.has_pasid = what.has_pasid;
      request.pasid = what.pasid;
      request.exec = what.has_pasid && what.exec;  // carried in the PASID's prefix alone (PCIe 6.20)
      request.priv = what.has_pasid && what.priv;
      request.write = what.write;
      request.address = what.address;
      request.data = what.data;
      request.bytes = what.bytes;
      result.status = requester_.issue(request, what.address).status;
      break;
    }
    case InjectKind::kTranslationRequest: {
      const DmaAnswer answer = atc_.request_translation({.has_pasid = what.has_pasid,
                                                         .pasid = what.pasid,
                                                         .va = what.address,
                                                         .write = what.write,
                                                         .exec = what.exec,
                                                         .priv = what.priv},
                                                        what.no_write, what.translations);
      result.status = answer.status;
      result.translation = answer.translation;
      result.following = answer.following;
      break;
    }
    case InjectKind::kPageRequest:
      result = inject_page_request(what);
      break;
    case InjectKind::kStopMarker:
      pages_.send_stop_marker(what.pasid);
      port_.flush_messages();
      break;
    case InjectKind::kViaAtc:
      result = inject_via_atc(what);
      break;
  }
  result.latency_ps = transport::Timing::now_ps() - begin;
  return result;
}

InjectResult Endpoint::inject_page_request(const Injection& what) {
  InjectResult result;
  result.response_code = pages_.inject({.has_pasid = what.has_pasid,
                                        .pasid = what.pasid,
                                        .address = what.address,
                                        .read = !what.write,
                                        .write = what.write,
                                        .exec = what.exec,
                                        .priv = what.priv},
                                       what.prg_index, what.last);
  return result;
}

InjectResult Endpoint::inject_via_atc(const Injection& what) {
  const bool never = false;
  const DmaOutcome outcome = dma_.access({.has_pasid = what.has_pasid,
                                          .pasid = what.pasid,
                                          .address = what.address,
                                          .data = what.data,
                                          .bytes = what.bytes,
                                          .write = what.write,
                                          .cancelled = &never});
  InjectResult result;
  if (outcome != DmaOutcome::kOk) result.status = transport::DmaStatus::kAborted;
  result.page_fault = outcome == DmaOutcome::kPageFault;
  return result;
}

bool Endpoint::idle() const {
  return accelerator_.idle() && rogue_.idle() && atc_.idle() && pages_.idle() &&
         requester_.in_flight() == 0 && port_.idle();
}

void Endpoint::visit_counters(const CounterVisitor& visit) const {
  const std::string prefix = basename();
  accelerator_.visit_counters(prefix, visit);
  requester_.visit_counters(prefix, visit);
  atc_.visit_counters(prefix, visit);
  pages_.visit_counters(prefix, visit);
  misconduct_.visit_counters(prefix, visit);
}

}  // namespace smmu_vp::pcie

// Connects the parts of the endpoint.
#include "tlm/pcie/endpoint.h"

#include "tlm/spec/accelerator.h"

namespace smmu_vp::pcie {

Endpoint::Endpoint(sc_core::sc_module_name name, const EndpointConfig& config, const device::CoreKind& core,
                   RootPort& port, transport::Timing& timing, const trace::Bus& facts,
                   core::TranslationCachePort& atc)
    : sc_module(name),
      config_(config),
      port_(port),
      registers_(
          {.device_id = core.pci_device_id, .integrated = spec::pcie::bdf::Bus.get(config.stream_id) == 0},
          port.link_config(), config.pri, spec::accel::kBarSize, *this),
      misbehaviour_(config.stream_id, config.misbehave.on, facts),
      issuer_(config.stream_id, facts, [this](const device::DmaRequest& r) { return send(r); }),
      rogue_(
          "rogue", misbehaviour_, registers_, issuer_, [this](const auto& m) { post(m); },
          [this] { remove(); }, config.misbehave.seed),
      pages_(config.stream_id, registers_, misbehaviour_, facts, [this](const auto& m) { post(m); }),
      atc_("atc", registers_, issuer_, misbehaviour_, atc, config.ats, config.misbehave.slow_ps, timing,
           [this](const auto& m) { post(m); }),
      dma_(registers_, issuer_, atc_, pages_, rogue_, port, config.pri),
      msix_(registers_, [this](u64 address, u32 data) { interrupt(address, data); }),
      core_(core.make(
          config,
          {.dma = dma_, .interrupt = [this](unsigned vector) { msix_.raise(vector); }, .facts = facts})) {
  port_.attach(*this);
}

transport::DmaAnswer Endpoint::send(const device::DmaRequest& request) {
  if (!registers_.bus_master() || !present()) return {.status = transport::DmaStatus::kAborted};  // 7.5.1.1.3
  return port_.request(*this, request);
}

void Endpoint::post(const transport::MessageExtension& message) {
  if (present()) port_.post(*this, message);
}

void Endpoint::announce_controls(bool reset) const {
  const Controls controls = registers_.controls();
  issuer_.facts().announce(trace::FunctionControls{.sid = config_.stream_id,
                                                   .pasid = controls.pasid,
                                                   .ats = controls.ats,
                                                   .pri = controls.pri,
                                                   .allocation = controls.allocation,
                                                   .reset = reset});
}

void Endpoint::ats_control_changed() {
  atc_.flush();
  rogue_.ats_switched();
}

bool Endpoint::bar_read(u64 offset, void* data, unsigned bytes) {
  return Msix::contains(offset) ? msix_.read(offset, data, bytes) : core_->read(offset, data, bytes);
}

bool Endpoint::bar_write(u64 offset, const void* data, unsigned bytes) {
  return Msix::contains(offset) ? msix_.write(offset, data, bytes) : core_->write(offset, data, bytes);
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
  device::DmaRequest request;
  request.access = {{config_.stream_id, {}}, address, {.write = true}};
  request.data = &data;
  request.bytes = sizeof data;
  issuer_.issue(request, address);
}

// 6.6.2: registers take their reset values at once. Work in progress ends without further memory accesses,
// because the function is no longer a bus master.
void Endpoint::function_level_reset() {
  give_up_everything();
  hung_ = misbehaviour_.record_if_enabled(Misbehaviour::kHangInFlr);
}

// It also ends a reset that hangs, but brings back nothing that was removed.
void Endpoint::hot_reset() {
  give_up_everything();
  hung_ = false;
}

void Endpoint::remove() {
  present_ = false;
  give_up_everything();
}

void Endpoint::give_up_everything() {
  registers_.reset();
  announce_controls(true);
  msix_.reset();
  core_->reset();
  pages_.reset();
  atc_.flush();
}

spec::Access Endpoint::access_of(const device::Injection& what) const {
  return {{config_.stream_id, what.pasid}, what.address, what.intent};
}

device::InjectResult Endpoint::inject(const device::Injection& what) {
  const u64 begin = transport::Timing::now_ps();
  device::InjectResult result;
  switch (what.kind) {
    case device::InjectKind::kUntranslated:
    case device::InjectKind::kTranslated: {
      device::DmaRequest request;
      request.at = what.kind == device::InjectKind::kTranslated ? transport::AddressType::kTranslated
                                                                : transport::AddressType::kUntranslated;
      request.access = access_of(what);
      request.access.intent.exec &=
          what.pasid.has_value();  // Priv is carried in the PASID prefix (PCIe 6.20)
      request.access.intent.priv &= what.pasid.has_value();
      request.data = what.data;
      request.bytes = what.bytes;
      static_cast<transport::DmaAnswer&>(result) = issuer_.issue(request, what.address);
      break;
    }
    case device::InjectKind::kTranslationRequest:
      static_cast<transport::DmaAnswer&>(result) =
          atc_.request_translation(access_of(what), what.translations);
      break;
    case device::InjectKind::kPageRequest:
      result = inject_page_request(what);
      break;
    case device::InjectKind::kStopMarker:
      pages_.send_stop_marker(what.pasid.value_or(0));
      port_.flush_messages();
      break;
    case device::InjectKind::kViaAtc:
      result = inject_via_atc(what);
      break;
  }
  result.latency_ps = transport::Timing::now_ps() - begin;
  return result;
}

device::InjectResult Endpoint::inject_page_request(const device::Injection& what) {
  device::InjectResult result;
  result.response_code = pages_.inject(access_of(what), what.prg_index, what.last);
  return result;
}

device::InjectResult Endpoint::inject_via_atc(const device::Injection& what) {
  const bool never = false;
  const device::DmaOutcome outcome =
      dma_.access({.access = access_of(what), .data = what.data, .bytes = what.bytes}, 0, never);
  device::InjectResult result;
  if (outcome != device::DmaOutcome::kOk) result.status = transport::DmaStatus::kAborted;
  result.page_fault = outcome == device::DmaOutcome::kPageFault;
  return result;
}

bool Endpoint::idle() const {
  return core_->idle() && rogue_.idle() && atc_.idle() && pages_.idle() && issuer_.in_flight() == 0 &&
         port_.idle();
}

void Endpoint::visit_counters(const device::CounterVisitor& visit) const {
  const std::string prefix = basename();
  core_->visit_counters(prefix, visit);
  issuer_.visit_counters(prefix, visit);
  atc_.visit_counters(prefix, visit);
  pages_.visit_counters(prefix, visit);
  misbehaviour_.visit_counters(prefix, visit);
}

}  // namespace smmu_vp::pcie

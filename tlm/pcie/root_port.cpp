// Traffic through a root port, and its cost on the link.
#include "tlm/pcie/root_port.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "tlm/pcie/config_space.h"
#include "tlm/transport/carried.h"

namespace smmu_vp::pcie {

namespace {

constexpr u64 kConfigHeader = spec::pcie::kFraming + spec::pcie::kHeader3Dw;
constexpr unsigned kRegisterBytes = 4;  // configuration data is one doubleword (2.2.7)
constexpr Credits::Need kOneRequest{.headers = 1, .data = 0};

bool has_pasid(const device::DmaRequest& request) {
  return request.access.who.pasid.has_value();
}
// Whether a request that waited for credits may still leave; its function may have been reset or removed.
bool may_send(Function& from) {
  return from.present() && from.config_space().bus_master();
}
transport::DmaAnswer gone() {
  return {.status = transport::DmaStatus::kAborted};
}

}  // namespace

RootPort::RootPort(sc_core::sc_module_name name, const LinkConfig& config, transport::Timing& timing)
    : sc_module(name),
      dma_("dma", spec::kPcieMemoryType),
      link_(config, timing),
      dma_out(dma_.out),
      messages_out("messages_out"),
      messages_in("messages_in"),
      bridge_space_(config),
      up_("messages_up", link_.up, [this](const MessagePipe::Item& item) { deliver_up(item); }),
      down_("messages_down", link_.down, [this](const MessagePipe::Item& item) {
        Function& function = *functions_.at(item.message.who.sid);
        if (reaches(function)) function.message(item.message);
      }) {
  messages_in.register_b_transport(this, &RootPort::message_from_smmu);
  SC_HAS_PROCESS(RootPort);
  SC_THREAD(send_messages);
}

void RootPort::place(unsigned device) {
  requester_id_ = static_cast<u16>(spec::pcie::bdf::Device.set(0, device));
  bridge_space_.set_port_number(static_cast<u8>(device));
}

void RootPort::write_own(unsigned offset, unsigned bytes, u32 value) {
  const bool requested = bridge_space_.interrupt_requested(), asserted = bridge_space_.inta_asserted();
  const bool was_reset = bridge_space_.resets_secondary_bus();
  bridge_space_.write(offset, bytes, value);
  if (bridge_space_.resets_secondary_bus() && !was_reset)
    for (const auto& [id, function] : functions_) function->hot_reset();
  if (bridge_space_.inta_asserted() && !asserted) inta_.notify();
  if (!bridge_space_.interrupt_requested() || requested || !bridge_space_.msi_enabled()) return;
  messages_.push_back(bridge_space_.msi());
  message_.notify();
}

// An MSI is an ordinary write by the port itself, whose RequesterID the SMMU knows as a StreamID (6.1.4).
void RootPort::send_messages() {
  for (;;) {
    while (messages_.empty()) wait(message_);
    BridgeSpace::Msi msi = messages_.front();
    device::DmaRequest request;
    request.access = {{requester_id_, {}}, msi.address, {.write = true}};
    request.data = &msi.data;
    request.bytes = sizeof msi.data;
    if (bridge_space_.bus_master()) dma_.issue(request);  // 7.5.1.1.3
    messages_.pop_front();
  }
}

void RootPort::attach(Function& function) {
  const auto id = static_cast<u16>(function.stream_id());
  if (functions_.empty()) bridge_space_.number(static_cast<u8>(spec::pcie::bdf::Bus.get(id)));
  const auto device = [](u32 rid) { return static_cast<u16>(rid) >> spec::pcie::bdf::Device.lo; };
  for (const auto& [other, existing] : functions_) {
    if (static_cast<u16>(other) == id)
      throw std::invalid_argument("two PCIe endpoints have RequesterID " + std::to_string(id));
    if (device(other) != device(id)) continue;
    existing->config_space().set_multi_function();
    function.config_space().set_multi_function();
  }
  functions_[function.stream_id()] = &function;
}

transport::DmaAnswer RootPort::request(Function& from, const device::DmaRequest& request) {
  const bool posted =
      request.access.intent.write && request.at != transport::AddressType::kTranslationRequest;
  if (!bridge_space_.bus_master())  // 7.5.1.1.3: a port that may not forward answers Unsupported Request
    return {.status = posted ? transport::DmaStatus::kAborted : transport::DmaStatus::kUnsupportedRequest};
  if (refuses(from))  // 6.12.4
    return {.status = posted ? transport::DmaStatus::kAborted : transport::DmaStatus::kCompleterAbort};
  return posted ? write(from, request) : read(from, request);
}

// ACS Source Validation: the RequesterID's bus is none behind this port (6.12.1.1).
bool RootPort::refuses(const Function& from) const {
  return bridge_space_.validates_source() &&
         !bridge_space_.leads_to(static_cast<u8>(spec::pcie::bdf::Bus.get(from.stream_id())));
}

transport::DmaAnswer RootPort::write(Function& from, const device::DmaRequest& request) {
  const u64 ticket = link_.posted_order.enter(request.access.who);
  const u64 most = from.config_space().max_payload();
  const Credits::Need need =
      posted_credits(requests({request.access.address, request.bytes}, most), request.bytes);
  transport::DmaAnswer answer = gone();
  link_.up.posted.take(need);
  if (may_send(from)) {
    link_.up.wire.pass(write_bytes({request.access.address, request.bytes}, most, has_pasid(request)));
    answer = dma_.issue(request);
  }
  link_.up.posted.give_back(need);
  link_.posted_order.leave(ticket);
  return answer;
}

transport::DmaAnswer RootPort::read(Function& from, const device::DmaRequest& request) {
  const ConfigSpace& config = from.config_space();
  const bool ask = request.at == transport::AddressType::kTranslationRequest;
  const u64 ticket = link_.posted_order.next();
  const u64 packets = ask ? 1 : requests({request.access.address, request.bytes}, config.max_read_request());
  const Credits::Need need{.headers = packets, .data = 0};
  ++reads_;
  transport::DmaAnswer answer = gone();
  link_.up.non_posted.take(need);
  const bool sent = may_send(from);
  if (sent) {
    link_.up.wire.pass(ask ? request_header(request.access.address, has_pasid(request))
                           : read_request_bytes({request.access.address, request.bytes},
                                                config.max_read_request(), has_pasid(request)));
    // A Translation Request does not read what earlier writes wrote, so its order
    // behind them is not observable.
    if (!ask) link_.posted_order.wait_for_earlier(ticket, request.access.who);
    answer = dma_.issue(request);
  }
  link_.up.non_posted.give_back(need);
  if (sent) {
    const u64 translations = (1u + answer.following.count) * spec::pcie::translation::kBytes;
    const u64 payload = !answer.ok() ? 0 : ask ? translations : request.bytes;
    link_.down.wire.pass(
        payload == 0 ? kCompletionHeader
                     : completion_bytes({ask ? 0 : request.access.address, payload}, config.max_payload()));
  }
  --reads_;
  return answer;
}

void RootPort::post(Function& from, const transport::MessageExtension& message) {
  if (refuses(from)) return;
  transport::MessageExtension sent = message;
  sent.who.sid = from.stream_id();
  up_.push(sent, link_.posted_order.next());
}

void RootPort::deliver_up(const MessagePipe::Item& item) {
  link_.posted_order.wait_for_earlier(item.ticket);  // 2.4: no message passes an earlier write
  transport::MessageExtension message = item.message;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  const transport::Carried carried(payload, message);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  messages_out->b_transport(payload, delay);
}

void RootPort::message_from_smmu(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const auto* const message = payload.get_extension<transport::MessageExtension>();
  if (message == nullptr) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  if (!functions_.contains(message->who.sid))
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  down_.push(*message);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

// A completion going up does not pass writes sent before it (2.4): if software reads "done" from a register,
// the data is in memory.
void RootPort::return_completion(u64 bytes) {
  const u64 ticket = link_.posted_order.next();
  link_.up.wire.pass(bytes);
  link_.posted_order.wait_for_earlier(ticket);
}

bool RootPort::reaches(const Function& function) const {
  return function.present() && !bridge_space_.resets_secondary_bus();
}

// Whether a function is there and takes the request is decided when that has crossed the link: it may have been reset,
// removed or reconfigured meanwhile. Reads that nobody answers return all ones, writes are dropped.
u32 RootPort::config_read(Function& function, unsigned offset, unsigned bytes) {
  link_.down.non_posted.take(kOneRequest);
  link_.down.wire.pass(kConfigHeader);
  const u32 value = reaches(function) ? function.config_space().read(offset, bytes) : ~u32{0};
  link_.down.non_posted.give_back(kOneRequest);
  return_completion(kCompletionHeader + kRegisterBytes);
  return value;
}

void RootPort::config_write(Function& function, unsigned offset, unsigned bytes, u32 value) {
  link_.down.non_posted.take(kOneRequest);
  link_.down.wire.pass(kConfigHeader + kRegisterBytes);
  if (reaches(function)) function.config_space().write(offset, bytes, value);
  link_.down.non_posted.give_back(kOneRequest);
  return_completion(kCompletionHeader);  // configuration writes are not posted
}

bool RootPort::bar_access(Function& function, u64 address, void* data, unsigned bytes, bool write) {
  Credits& credits = write ? link_.down.posted : link_.down.non_posted;
  const Credits::Need need = write ? posted_credits(1, bytes) : kOneRequest;
  credits.take(need);
  link_.down.wire.pass(request_header(address, false) + (write ? bytes : 0));
  bool done = true;
  if (const ConfigSpace& config = function.config_space(); reaches(function) && config.claims(address)) {
    const u64 offset = address - config.bar0();
    done = write ? function.bar_write(offset, data, bytes) : function.bar_read(offset, data, bytes);
  } else if (!write) {
    std::memset(data, 0xFF, bytes);
  }
  credits.give_back(need);
  if (!write) return_completion(kCompletionHeader + bytes);
  return done;
}

}  // namespace smmu_vp::pcie

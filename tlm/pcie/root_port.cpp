// Traffic through a root port, and what it costs on the link.
#include "tlm/pcie/root_port.h"

#include "tlm/pcie/config_space.h"
#include "tlm/pcie/host_bridge.h"

namespace smmu_vp::pcie {

namespace {

constexpr u64 kConfigHeader = spec::pcie::kFraming + spec::pcie::kHeader3Dw;
constexpr unsigned kRegisterBytes = 4;  // configuration data is one double word (2.2.7)

u64 message_bytes(const transport::MessageExtension& message) {
  const bool address_payload = message.kind == transport::MessageKind::kInvalidateRequest;
  return message_header(message.has_pasid) + (address_payload ? sizeof(u64) : 0);
}

}  // namespace

RootPort::RootPort(sc_core::sc_module_name name, const LinkConfig& config, HostBridge& bridge,
                   transport::Timing& timing)
    : sc_module(name),
      dma_("dma"),
      link_(config, timing),
      dma_out(dma_.out),
      messages_out("messages_out"),
      messages_in("messages_in"),
      bridge_(bridge),
      up_("messages_up", [this](const MessagePipe::Item& item) { deliver_up(item); }),
      down_("messages_down", [this](const MessagePipe::Item& item) {
        Function& function = *by_stream_.at(item.message.stream_id);
        if (function.present()) function.message(item.message);
      }) {
  messages_in.register_b_transport(this, &RootPort::message_from_smmu);
}

void RootPort::attach(Function& function) {
  by_stream_[function.stream_id()] = &function;
  bridge_.attach(function, *this);
}

DmaAnswer RootPort::request(Function& from, const DmaRequest& request) {
  const bool posted = request.write && request.at != transport::AddressType::kTranslationRequest;
  return posted ? write(from, request) : read(from, request);
}

DmaAnswer RootPort::write(Function& from, const DmaRequest& request) {
  const u64 ticket = link_.posted.enter();
  link_.up.pass(
      write_bytes(request.address, request.bytes, from.config_space().max_payload(), request.has_pasid));
  const DmaAnswer answer = dma_.issue(from.stream_id(), request);
  link_.posted.leave(ticket);
  return answer;
}

DmaAnswer RootPort::read(Function& from, const DmaRequest& request) {
  const ConfigSpace& config = from.config_space();
  const bool ask = request.at == transport::AddressType::kTranslationRequest;
  ++reads_;
  link_.up.pass(
      ask ? request_header(request.address, request.has_pasid)
          : read_request_bytes(request.address, request.bytes, config.max_read_request(), request.has_pasid));
  const DmaAnswer answer = dma_.issue(from.stream_id(), request);
  const u64 payload = !answer.ok() ? 0 : ask ? spec::pcie::translation::kBytes : request.bytes;
  link_.down.pass(payload == 0 ? kCompletionHeader
                               : completion_bytes(ask ? 0 : request.address, payload, config.max_payload()));
  --reads_;
  return answer;
}

void RootPort::post(Function& from, const transport::MessageExtension& message) {
  transport::MessageExtension sent = message;
  sent.stream_id = from.stream_id();
  up_.push(sent, link_.up.reserve(message_bytes(sent)), link_.posted.next());
}

void RootPort::deliver_up(const MessagePipe::Item& item) {
  link_.posted.wait_for_earlier(item.ticket);  // 2.4: no message passes an earlier write
  transport::MessageExtension message = item.message;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  payload.set_extension(&message);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  messages_out->b_transport(payload, delay);
  payload.clear_extension(&message);
}

void RootPort::message_from_smmu(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const auto* const message = payload.get_extension<transport::MessageExtension>();
  if (message == nullptr) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  if (!by_stream_.contains(message->stream_id))
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  down_.push(*message, link_.down.reserve(message_bytes(*message)));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

// A completion travels up and, unlike a read request, does not pass writes sent before it (2.4): whoever
// reads a register that says "done" finds the data in memory.
void RootPort::return_completion(u64 bytes) {
  const u64 ticket = link_.posted.next();
  link_.up.pass(bytes);
  link_.posted.wait_for_earlier(ticket);
}

u32 RootPort::config_read(Function& function, unsigned offset, unsigned bytes) {
  link_.down.pass(kConfigHeader);
  const u32 value = function.config_space().read(offset, bytes);
  return_completion(kCompletionHeader + kRegisterBytes);
  return value;
}

void RootPort::config_write(Function& function, unsigned offset, unsigned bytes, u32 value) {
  link_.down.pass(kConfigHeader + kRegisterBytes);
  function.config_space().write(offset, bytes, value);
  return_completion(kCompletionHeader);  // configuration writes are not posted
}

bool RootPort::bar_access(Function& function, u64 address, void* data, unsigned bytes, bool write) {
  const u64 offset = address - function.config_space().bar0();
  link_.down.pass(request_header(address, false) + (write ? bytes : 0));
  if (write) return function.bar_write(offset, data, bytes);
  const bool done = function.bar_read(offset, data, bytes);
  return_completion(kCompletionHeader + bytes);
  return done;
}

}  // namespace smmu_vp::pcie

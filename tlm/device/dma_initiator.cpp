// The TLM-2.0 form of a device's accesses.
#include "tlm/device/dma_initiator.h"

#include <array>

#include "tlm/spec/pcie.h"

namespace smmu_vp::device {

struct DmaInitiator::Transaction {
  Transaction() { payload.set_extension(&extension); }
  ~Transaction() { payload.clear_extension(&extension); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  tlm::tlm_generic_payload payload;
  transport::DmaExtension extension;
  std::array<unsigned char, spec::pcie::kReadCompletionBoundary> completion{};  // a Translation Completion's
};

DmaInitiator::DmaInitiator(sc_core::sc_module_name name, spec::MemoryType type)
    : sc_module(name), out("out"), type_(type) {}
DmaInitiator::~DmaInitiator() = default;

DmaInitiator::Transaction& DmaInitiator::acquire() {
  if (idle_.empty()) return *all_.emplace_back(std::make_unique<Transaction>());
  Transaction* const t = idle_.back();
  idle_.pop_back();
  return *t;
}

transport::DmaAnswer DmaInitiator::issue(const DmaRequest& request) {
  Transaction& t = acquire();
  transport::DmaExtension& x = t.extension;
  x = transport::DmaExtension{};
  const spec::Intent& intent = request.access.intent;
  const bool ask = request.at == transport::AddressType::kTranslationRequest;
  x.who = request.access.who;
  x.exec = intent.exec;
  x.priv = intent.priv;
  x.memory_type = type_;
  x.at = request.at;
  x.no_write = ask && !intent.write;
  x.translations_asked = request.translations;
  tlm::tlm_generic_payload& p = t.payload;
  p.set_command(intent.write && !ask ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  p.set_address(request.access.address);
  p.set_data_ptr(ask ? t.completion.data() : static_cast<unsigned char*>(request.data));
  const unsigned bytes = ask ? request.translations * spec::pcie::translation::kBytes : request.bytes;
  p.set_data_length(bytes);
  p.set_streaming_width(bytes);
  p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  out->b_transport(p, delay);

  transport::DmaAnswer answer = x;
  if (answer.ok() && !p.is_response_ok()) answer.status = transport::DmaStatus::kAborted;
  idle_.push_back(&t);
  return answer;
}

}  // namespace smmu_vp::device

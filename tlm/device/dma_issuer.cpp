// Issuing, counting and announcing a device's accesses.
#include "tlm/device/dma_issuer.h"

#include "tlm/transport/timing.h"

namespace smmu_vp::device {

transport::DmaAnswer DmaIssuer::issue(const DmaRequest& request, u64 va) {
  const u64 begin = transport::Timing::now_ps();
  ++in_flight_;
  const transport::DmaAnswer answer = send_(request);
  --in_flight_;
  ++by_kind_[static_cast<unsigned>(request.at)];
  const bool data = request.at != transport::AddressType::kTranslationRequest;
  if (!answer.ok()) {
    ++failed_;
  } else if (data) {
    (request.access.intent.write ? bytes_written_ : bytes_read_) += request.bytes;
  }
  if (facts_.heard<trace::DeviceAccess>())
    facts_.announce(trace::DeviceAccess{.who = request.access.who,
                                        .kind = request.at,
                                        .va = va,
                                        .address = request.access.address,
                                        .bytes = data ? request.bytes : 0,
                                        .write = request.access.intent.write,
                                        .status = answer.status,
                                        .latency_ps = transport::Timing::now_ps() - begin});
  return answer;
}

void DmaIssuer::visit_counters(const std::string& prefix, const CounterVisitor& visit) const {
  visit(prefix + ".dma.untranslated", by_kind_[0]);
  visit(prefix + ".dma.translation_requests", by_kind_[1]);
  visit(prefix + ".dma.translated", by_kind_[2]);
  visit(prefix + ".dma.failed", failed_);
  visit(prefix + ".dma.bytes_read", bytes_read_);
  visit(prefix + ".dma.bytes_written", bytes_written_);
}

}  // namespace smmu_vp::device

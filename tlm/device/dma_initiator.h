// Turns DmaRequests into TLM-2.0 transactions. Payloads are pooled, so that the
// steady state allocates nothing.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/device/dma_request.h"

namespace smmu_vp::device {

class DmaInitiator : public sc_core::sc_module {
 public:
  // `type`: what the device's bus supplies with each access.
  explicit DmaInitiator(sc_core::sc_module_name name, spec::MemoryType type = {});
  ~DmaInitiator() override;

  tlm_utils::simple_initiator_socket<DmaInitiator> out;

  // Blocks until the access is finished at memory, or its completion has arrived.
  // Several threads may call at once.
  transport::DmaAnswer issue(const DmaRequest& request);

 private:
  struct Transaction;
  Transaction& acquire();

  const spec::MemoryType type_;
  std::vector<std::unique_ptr<Transaction>> all_;
  std::vector<Transaction*> idle_;
};

}  // namespace smmu_vp::device

// Turns DmaRequests into TLM-2.0 transactions. Payloads are pooled: the steady state allocates nothing.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/pcie/dma_request.h"

namespace smmu_vp::pcie {

class DmaInitiator : public sc_core::sc_module {
 public:
  explicit DmaInitiator(sc_core::sc_module_name name);
  ~DmaInitiator() override;

  tlm_utils::simple_initiator_socket<DmaInitiator> out;

  // Blocks until the access is finished at memory, or the completion is back. Several threads may be inside.
  DmaAnswer issue(u32 stream_id, const DmaRequest& request);

 private:
  struct Transaction;
  Transaction& acquire();

  std::vector<std::unique_ptr<Transaction>> all_;
  std::vector<Transaction*> idle_;
};

}  // namespace smmu_vp::pcie

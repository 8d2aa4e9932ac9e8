// The accesses of an ATS endpoint: through its ATC while ATS is enabled, paging with PRI where that is
// enabled; untranslated otherwise.
#pragma once

#include "tlm/pcie/atc.h"
#include "tlm/pcie/dma_port.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/function.h"
#include "tlm/pcie/page_requester.h"
#include "tlm/pcie/rogue.h"

namespace smmu_vp::pcie {

class AtsDma : public DmaPort {
 public:
  AtsDma(const ConfigSpace& config, Requester& requester, Atc& atc, PageRequester& pages, Rogue& rogue,
         Upstream& upstream, const PriConfig& pri)
      : config_(config),
        requester_(requester),
        atc_(atc),
        pages_(pages),
        rogue_(rogue),
        upstream_(upstream),
        pri_(pri) {}

  DmaOutcome access(const DmaAccess& access) override;
  void abandon(std::optional<u32> pasid) override { pages_.abandon(pasid); }
  void settle(u32 pasid) override;

 private:
  DmaOutcome page_in(const DmaAccess& access, unsigned attempt);
  DmaOutcome issue(const DmaAccess& access, transport::AddressType at, u64 address);

  const ConfigSpace& config_;
  Requester& requester_;
  Atc& atc_;
  PageRequester& pages_;
  Rogue& rogue_;
  Upstream& upstream_;
  PriConfig pri_;
};

}  // namespace smmu_vp::pcie

// The accesses of an ATS endpoint. While ATS is enabled they go through its ATC, with page requests if PRI is
// enabled; otherwise they are untranslated.
#pragma once

#include "tlm/device/dma_port.h"
#include "tlm/pcie/atc.h"
#include "tlm/pcie/endpoint_config.h"
#include "tlm/pcie/function.h"
#include "tlm/pcie/page_requester.h"
#include "tlm/pcie/rogue.h"

namespace smmu_vp::pcie {

class AtsDma : public device::DmaPort {
 public:
  AtsDma(const ConfigSpace& config, device::DmaIssuer& issuer, Atc& atc, PageRequester& pages, Rogue& rogue,
         Upstream& upstream, const PriConfig& pri)
      : config_(config),
        issuer_(issuer),
        atc_(atc),
        pages_(pages),
        rogue_(rogue),
        upstream_(upstream),
        pri_(pri) {}

  device::DmaOutcome access(const device::DmaRequest& request, u64 follows, const bool& cancelled) override;
  void abandon(std::optional<u32> pasid) override { pages_.abandon(pasid); }
  void settle(u32 pasid) override;

 private:
  device::DmaOutcome page_in(const device::DmaRequest& request, u64 follows, const bool& cancelled,
                             unsigned attempt);
  device::DmaOutcome issue(const device::DmaRequest& request, transport::AddressType at, u64 address);

  const ConfigSpace& config_;
  device::DmaIssuer& issuer_;
  Atc& atc_;
  PageRequester& pages_;
  Rogue& rogue_;
  Upstream& upstream_;
  PriConfig pri_;
};

}  // namespace smmu_vp::pcie

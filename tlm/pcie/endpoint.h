// A PCIe function with ATS and PRI: configuration space, MSI-X, ATC and page requester around a device core.
#pragma once

#include <memory>
#include <systemc>

#include "tlm/core/translation_cache.h"
#include "tlm/device/core.h"
#include "tlm/device/device.h"
#include "tlm/pcie/atc.h"
#include "tlm/pcie/ats_dma.h"
#include "tlm/pcie/config_space.h"
#include "tlm/pcie/msix.h"
#include "tlm/pcie/page_requester.h"
#include "tlm/pcie/rogue.h"
#include "tlm/pcie/root_port.h"

namespace smmu_vp::pcie {

class Endpoint : public sc_core::sc_module, public device::Device, private Function, private ConfigEvents {
 public:
  // The endpoint is behind `port`; `atc` implements the cache of its ATC.
  Endpoint(sc_core::sc_module_name name, const EndpointConfig& config, const device::CoreKind& core,
           RootPort& port, transport::Timing& timing, const trace::Bus& facts,
           core::TranslationCachePort& atc);

  u32 stream_id() const override { return config_.stream_id; }
  bool has_ats() const override { return true; }
  bool can_stall() const override { return false; }
  device::InjectResult inject(const device::Injection& what) override;
  bool idle() const override;
  void visit_counters(const device::CounterVisitor& visit) const override;

  // The rules that it breaks from now on.
  void misbehave(const Misbehaviours& on) { misbehaviour_.set(on); }
  const ConfigSpace& registers() const { return registers_; }

 private:
  // Function
  ConfigSpace& config_space() override { return registers_; }
  bool present() const override { return present_ && !hung_; }
  bool bar_read(u64 offset, void* data, unsigned bytes) override;
  bool bar_write(u64 offset, const void* data, unsigned bytes) override;
  void message(const transport::MessageExtension& message) override;
  void hot_reset() override;
  // ConfigEvents
  void controls_changed() override { announce_controls(false); }
  void ats_control_changed() override;
  void pri_control_changed(bool was_enabled) override { pages_.control_changed(was_enabled); }
  void pri_reset() override { pages_.reset(); }
  void msix_control_changed() override { msix_.send_pending(); }
  void function_level_reset() override;
  bool transactions_pending() const override { return issuer_.in_flight() != 0; }

  void announce_controls(bool reset) const;
  void give_up_everything();
  void remove();
  void post(const transport::MessageExtension& message);
  transport::DmaAnswer send(const device::DmaRequest& request);
  void interrupt(u64 address, u32 data);
  spec::Access access_of(const device::Injection& what) const;
  device::InjectResult inject_page_request(const device::Injection& what);
  device::InjectResult inject_via_atc(const device::Injection& what);

  EndpointConfig config_;
  RootPort& port_;
  ConfigSpace registers_;
  MisbehaviourControl misbehaviour_;
  device::DmaIssuer issuer_;
  Rogue rogue_;
  PageRequester pages_;
  Atc atc_;
  AtsDma dma_;
  Msix msix_;
  std::unique_ptr<device::Core> core_;
  bool present_ = true, hung_ = false;
};

}  // namespace smmu_vp::pcie

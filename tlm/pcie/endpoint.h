// The ATS/PRI endpoint: configuration space, accelerator, ATC and page requester of one PCIe function.
#pragma once

#include <systemc>

#include "tlm/core/translation_cache.h"
#include "tlm/pcie/accelerator.h"
#include "tlm/pcie/atc.h"
#include "tlm/pcie/ats_dma.h"
#include "tlm/pcie/config_space.h"
#include "tlm/pcie/inject.h"
#include "tlm/pcie/msix.h"
#include "tlm/pcie/page_requester.h"
#include "tlm/pcie/rogue.h"
#include "tlm/pcie/root_port.h"

namespace smmu_vp::pcie {

class Endpoint : public sc_core::sc_module, private Function, private ConfigEvents {
 public:
  // Sits behind `port`; `atc` is the cache of translations it works with.
  Endpoint(sc_core::sc_module_name name, const EndpointConfig& config, RootPort& port,
           transport::Timing& timing, const trace::Bus& facts, core::TranslationCachePort& atc);

  // Call from an SC_THREAD; blocks until the access ended, or the page request was answered.
  InjectResult inject(const Injection& what);

  const EndpointConfig& config() const { return config_; }
  // Switches what the device does wrong from now on.
  void misbehave(const Misbehaviours& on) { misconduct_.set(on); }

  const ConfigSpace& registers() const { return registers_; }
  // Nothing of this function is under way.
  bool idle() const;
  void visit_counters(const CounterVisitor& visit) const;  // names begin with this module's name

 private:
  // Function
  u32 stream_id() const override { return config_.stream_id; }
  ConfigSpace& config_space() override { return registers_; }
  bool present() const override { return present_; }
  bool bar_read(u64 offset, void* data, unsigned bytes) override;
  bool bar_write(u64 offset, const void* data, unsigned bytes) override;
  void message(const transport::MessageExtension& message) override;
  // ConfigEvents
  void ats_control_changed() override;
  void pri_control_changed(bool was_enabled) override { pages_.control_changed(was_enabled); }
  void pri_reset() override { pages_.reset(); }
  void msix_control_changed() override { msix_.send_pending(); }
  void function_level_reset() override;
  bool transactions_pending() const override { return requester_.in_flight() != 0; }

  void give_up_everything();
  void remove();
  void post(const transport::MessageExtension& message);
  DmaAnswer send(const DmaRequest& request);
  void interrupt(u64 address, u32 data);
  InjectResult inject_page_request(const Injection& what);
  InjectResult inject_via_atc(const Injection& what);

  EndpointConfig config_;
  RootPort& port_;
  ConfigSpace registers_;
  Misconduct misconduct_;
  Requester requester_;
  Rogue rogue_;
  PageRequester pages_;
  Atc atc_;
  AtsDma dma_;
  Msix msix_;
  Accelerator accelerator_;
  bool present_ = true;
};

}  // namespace smmu_vp::pcie

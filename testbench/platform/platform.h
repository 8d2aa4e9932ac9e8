// The machine: RAM, interconnect, SMMU, PCIe with its endpoints, platform devices, interrupts and the
// kernel's services, put together as the configuration says. What runs on it is somebody else's.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sw_driver/kernel.h"
#include "testbench/config/config.h"
#include "testbench/os/sim_os.h"
#include "testbench/rtl_adapter/wave_source.h"
#include "tlm/core/reference_cache.h"
#include "tlm/memory/interconnect.h"
#include "tlm/memory/ram.h"
#include "tlm/pcie/endpoint.h"
#include "tlm/pcie/host_bridge.h"
#include "tlm/pcie/platform_device.h"
#include "tlm/smmu/smmu.h"

namespace smmu_vp::tb {

struct RtlChoice;

class Platform : public sc_core::sc_module {
 public:
  // Throws ConfigError.
  Platform(sc_core::sc_module_name name, const Config& config, trace::Bus& facts);
  ~Platform() override;

  SimOs& os() { return *os_; }
  memory::Ram& ram() { return *ram_; }
  const memory::Ram& ram() const { return *ram_; }
  smmu::Smmu& smmu() { return *smmu_; }
  const smmu::Smmu& smmu() const { return *smmu_; }
  // Further initiators are bound to interconnect().in before elaboration ends.
  memory::Interconnect& interconnect() { return *interconnect_; }
  Interrupts& interrupts() { return *interrupts_; }

  // What firmware tells the kernel about this machine.
  sw::PlatformDescription description() const;

  // Devices in the order of the configuration's endpoints.
  std::size_t devices() const { return devices_.size(); }
  u32 stream_id(std::size_t device) const;
  bool is_pcie(std::size_t device) const { return devices_[device].endpoint != nullptr; }
  std::vector<u32> stream_ids() const;
  // Where a platform device's registers are and which line it raises; 0 for PCIe functions.
  u64 registers(std::size_t device) const { return devices_[device].registers; }
  u32 irq(std::size_t device) const { return devices_[device].irq; }
  // Raw traffic; call from a thread.
  pcie::InjectResult inject(std::size_t device, const pcie::Injection& what);
  // Broadcast TLB maintenance of a CPU (3.17): its TLBI instructions and its DSB. Call from a thread.
  void broadcast(const spec::BroadcastTlbi& what) { os_->broadcasts.tlbi(what); }
  void broadcast_sync() { os_->broadcasts.sync(); }
  // Switches what a PCIe endpoint does wrong from now on.
  void misbehave(std::size_t device, const pcie::Misbehaviours& on) {
    devices_[device].endpoint->misbehave(on);
  }
  // The index the driver knows the device by: PCIe functions by RequesterID, then platform devices.
  std::size_t driver_index(std::size_t device) const;

  // Nothing is in flight anywhere in the hardware.
  bool idle() const;
  void visit_counters(const std::function<void(const std::string&, u64)>& visit) const;
  // Which TBU serves a stream; nothing where no device can have it.
  std::optional<unsigned> tbu_of(u32 stream_id) const;
  // What a TBU's TLB holds; null where it cannot be seen.
  const core::ReferenceCache* tlb_contents(unsigned tbu) const;
  // The Verilated models among the caches.
  std::span<WaveSource* const> wave_sources() const { return wave_sources_; }

 private:
  struct Device {
    std::unique_ptr<pcie::Endpoint> endpoint;
    std::unique_ptr<pcie::PlatformDevice> platform;
    u64 registers = 0;  // platform devices
    u32 irq = 0;
  };

  std::unique_ptr<core::TranslationCachePort> make_cache(CacheImpl impl, const RtlChoice& rtl,
                                                         const std::string& site,
                                                         const core::CacheConfig& sizes, u64 hit_ps);
  void build_memory();
  void build_smmu();
  void build_pcie();
  void build_platform_devices();
  void connect_interrupts();
  void wire(const sc_core::sc_signal<bool>& line, u32 irq);
  void wire(const sc_core::sc_event& edge, u32 irq);

  const Config config_;
  trace::Bus& facts_;
  transport::Timing timing_;
  std::vector<WaveSource*> wave_sources_;
  std::vector<std::unique_ptr<core::TranslationCachePort>> caches_;
  std::unique_ptr<memory::Ram> ram_;
  std::unique_ptr<memory::Interconnect> interconnect_;
  std::unique_ptr<Interrupts> interrupts_;
  std::unique_ptr<SimOs> os_;
  std::unique_ptr<smmu::Smmu> smmu_;
  std::unique_ptr<pcie::HostBridge> bridge_;
  std::vector<u8> buses_;  // of the root ports: port i leads to TBU i
  std::vector<std::unique_ptr<pcie::RootPort>> ports_;
  std::vector<Device> devices_;
  sc_core::sc_signal<bool> irq_event_, irq_pri_, irq_gerror_, irq_cmd_sync_, irq_pmcg_;
};

}  // namespace smmu_vp::tb

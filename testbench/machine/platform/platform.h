// The machine: RAM, interconnect, SMMU, devices, interrupts and kernel services, built by the configuration.
// The software that runs on it is not part of it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sw_driver/kernel.h"
#include "testbench/machine/os/foreign_doorbell.h"
#include "testbench/machine/os/sim_os.h"
#include "testbench/machine/platform/pcie_bus.h"
#include "testbench/machine/platform/system_bus.h"
#include "tlm/memory/ram.h"

namespace smmu_vp::tb {

class Platform : public sc_core::sc_module {
 public:
  // `ram`, if given, is that of an earlier machine of this configuration. Throws ConfigError.
  Platform(sc_core::sc_module_name name, const Config& config, trace::Bus& facts,
           std::shared_ptr<memory::HostMemory> ram = nullptr);
  ~Platform() override;

  SimOs& os() { return *os_; }
  memory::Ram& ram() { return *ram_; }
  const memory::Ram& ram() const { return *ram_; }
  smmu::Smmu& smmu() { return *smmu_; }
  const smmu::Smmu& smmu() const { return *smmu_; }
  // Further initiators are bound to interconnect().in before elaboration ends.
  memory::Interconnect& interconnect() { return *interconnect_; }
  Interrupts& interrupts() { return *interrupts_; }
  // MSIs for an interrupt controller outside; never called without platform.foreign_doorbell_base.
  void on_foreign_msi(ForeignDoorbell::Listener listener) {
    if (foreign_doorbell_) foreign_doorbell_->listen(std::move(listener));
  }

  // The firmware tables of this machine.
  sw::PlatformDescription description() const;

  // Devices in the order of the configuration's endpoints.
  std::size_t devices() const { return devices_.size(); }
  device::Device& device(std::size_t index) { return *devices_[index].device; }
  const device::Device& device(std::size_t index) const { return *devices_[index].device; }
  u32 stream_id(std::size_t device) const { return config_.endpoints[device].stream_id; }
  std::vector<u32> stream_ids() const;
  // The location of a platform device; none for a PCIe function, which software finds in ECAM.
  const std::optional<PlatformNode>& node(std::size_t device) const { return devices_[device].node; }
  // The rules that a PCIe function breaks from now on.
  void misbehave(std::size_t device, const spec::Misbehaviours& on);

  // Broadcast TLB maintenance of a CPU (3.17): its TLBI instructions and its DSB. Call from a thread.
  void broadcast(const spec::BroadcastTlbi& what) { os_->broadcasts.tlbi(what); }
  void broadcast_sync() { os_->broadcasts.sync(); }

  // Whether nothing is in flight in the hardware.
  bool idle() const;
  void visit_counters(const std::function<void(const std::string&, u64)>& visit) const;
  // The TBU that serves a stream; nothing if no device can have that StreamID.
  std::optional<unsigned> tbu_of(u32 stream_id) const;
  // The memory type that a stream's bus supplies with its accesses (13.1.3).
  spec::MemoryType supplied_type(u32 stream_id) const;
  // The contents of a TBU's TLB; null if they cannot be read.
  const core::ReferenceCache* tlb_contents(unsigned tbu) const { return caches_.tlb_contents(tbu); }
  // The Verilated models among the caches.
  std::span<WaveSource* const> wave_sources() const { return caches_.wave_sources(); }

 private:
  void build_memory(std::shared_ptr<memory::HostMemory> ram);
  void build_smmu();
  void build_devices();
  void connect_interrupts();
  DeviceBus& bus_of(Attachment attachment);

  const Config config_;
  trace::Bus& facts_;
  transport::Timing timing_;
  TranslationCaches caches_;
  std::unique_ptr<memory::Ram> ram_;
  std::unique_ptr<memory::Interconnect> interconnect_;
  std::unique_ptr<Interrupts> interrupts_;
  std::unique_ptr<ForeignDoorbell> foreign_doorbell_;
  std::unique_ptr<SimOs> os_;
  std::unique_ptr<smmu::Smmu> smmu_;
  PcieBus pcie_;  // its TBUs have the lowest numbers
  SystemBus system_;
  std::vector<Attached> devices_;
  sc_core::sc_signal<bool> irq_event_, irq_pri_, irq_gerror_, irq_cmd_sync_, irq_pmcg_;
};

}  // namespace smmu_vp::tb

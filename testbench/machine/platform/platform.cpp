// Assembly: the order of construction, and what is bound to what.
#include "testbench/machine/platform/platform.h"

#include <fmt/format.h>

#include <utility>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/machine/platform/device_cores.h"
#include "testbench/machine/platform/irq_wire.h"

namespace smmu_vp::tb {

Platform::Platform(sc_core::sc_module_name name, const Config& config, trace::Bus& facts,
                   std::shared_ptr<memory::HostMemory> ram)
    : sc_module(name),
      config_(config),
      facts_(facts),
      timing_(config.timing.mode, config.timing.quantum_ps),
      caches_(config_, timing_, facts_),
      pcie_(config_),
      system_(config_),
      irq_event_("irq_event"),
      irq_pri_("irq_pri"),
      irq_gerror_("irq_gerror"),
      irq_cmd_sync_("irq_cmd_sync"),
      irq_pmcg_("irq_pmcg") {
  build_memory(std::move(ram));
  build_smmu();
  build_devices();
  connect_interrupts();
}

Platform::~Platform() = default;

void Platform::build_memory(std::shared_ptr<memory::HostMemory> ram) {
  const MemoryConfig& m = config_.memory;
  try {
    ram_ = std::make_unique<memory::Ram>("ram",
                                         memory::RamConfig{m.base, m.size, m.latency_ns, m.bandwidth_gbps,
                                                           m.host_address, m.file, m.file_offset},
                                         timing_, std::move(ram));
  } catch (const std::runtime_error& e) {
    throw ConfigError(e.what());
  }
  interconnect_ = std::make_unique<memory::Interconnect>("interconnect");
  interconnect_->add_target({.address = m.base, .bytes = m.size}, m.base).bind(ram_->in);
  interrupts_ = std::make_unique<Interrupts>("interrupts", irq::kLines);
  interconnect_->add_target({.address = config_.platform.doorbell_base, .bytes = map::kMsiDoorbellSize})
      .bind(interrupts_->doorbell);
  if (const PlatformConfig& p = config_.platform; p.foreign_doorbell_base != 0) {
    foreign_doorbell_ = std::make_unique<ForeignDoorbell>("foreign_doorbell", p.smmu_device_id);
    interconnect_
        ->add_target({.address = p.foreign_doorbell_base, .bytes = p.foreign_doorbell_size},
                     p.foreign_doorbell_base)
        .bind(foreign_doorbell_->in);
  }
  os_ = std::make_unique<SimOs>("os", config_, facts_, *interrupts_, [this](u64 pa, std::size_t n) {
    return ram_->host_pointer({pa, n});
  });
  os_->mmio_out.bind(interconnect_->in);
}

void Platform::build_smmu() {
  core::SmmuConfig smmu = config_.smmu;
  smmu.tbus = pcie_.tbus() + system_.tbus();
  std::vector<core::TranslationCachePort*> tlbs;
  for (unsigned i = 0; i < smmu.tbus; ++i) tlbs.push_back(&caches_.make_tlb(i));
  smmu_ = std::make_unique<smmu::Smmu>("smmu", smmu, timing_, facts_, tlbs);
  interconnect_->add_target({.address = smmu.base, .bytes = map::kSmmuSize}).bind(smmu_->programming);
  smmu_->walk_out.bind(interconnect_->in);
  os_->broadcasts.out.bind(smmu_->broadcast_in);
  for (unsigned i = 0; i < smmu.tbus; ++i) smmu_->dma_out(i).bind(interconnect_->in);
  smmu_->route_streams([this](u32 stream_id) { return tbu_of(stream_id); });
}

void Platform::build_devices() {
  const Surroundings machine{.config = config_,
                             .timing = timing_,
                             .facts = facts_,
                             .interconnect = *interconnect_,
                             .interrupts = *interrupts_,
                             .caches = caches_,
                             .smmu = *smmu_};
  devices_.resize(config_.endpoints.size());
  unsigned first_tbu = 0;
  for (const Attachment attachment : {Attachment::kPcieFunction, Attachment::kPlatformDevice}) {
    DeviceBus& bus = bus_of(attachment);
    bus.build(machine, std::exchange(first_tbu, first_tbu + bus.tbus()));
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      const EndpointKind kind = config_.endpoints[i].kind;
      if (device_kind(kind).attachment == attachment) devices_[i] = bus.attach(machine, i, core_of(kind));
    }
  }
}

DeviceBus& Platform::bus_of(Attachment attachment) {
  if (attachment == Attachment::kPcieFunction) return pcie_;
  return system_;
}

void Platform::connect_interrupts() {
  smmu_->irq_event().bind(irq_event_);
  smmu_->irq_pri().bind(irq_pri_);
  smmu_->irq_gerror().bind(irq_gerror_);
  smmu_->irq_cmd_sync().bind(irq_cmd_sync_);
  smmu_->irq_pmcg().bind(irq_pmcg_);
  wire(irq_event_, irq::kSmmuEvent, *interrupts_);
  wire(irq_pri_, irq::kSmmuPri, *interrupts_);
  wire(irq_gerror_, irq::kSmmuGerror, *interrupts_);
  wire(irq_cmd_sync_, irq::kSmmuCmdSync, *interrupts_);
  wire(irq_pmcg_, irq::kSmmuPmcg, *interrupts_);
  wire(smmu_->sev(), irq::kSmmuSev, *interrupts_);
}

}  // namespace smmu_vp::tb

// Assembly: what is made, in which order, and what is bound to what.
#include "testbench/platform/platform.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/config/config_error.h"
#include "testbench/platform/address_map.h"
#include "testbench/rtl_adapter/make_translation_cache.h"

namespace smmu_vp::tb {

namespace {

u8 bus_of(u32 stream_id) {
  return static_cast<u8>(stream_id >> 8);
}

template <typename Site>
RtlChoice choice(const Site& site) {
  return {static_cast<RtlDesign>(site.rtl), static_cast<core::Replacement>(site.replacement)};
}

}  // namespace

Platform::Platform(sc_core::sc_module_name name, const Config& config, trace::Bus& facts)
    : sc_module(name),
      config_(config),
      facts_(facts),
      timing_(static_cast<transport::TimingMode>(config.timing.mode), config.timing.quantum_ps),
      irq_event_("irq_event"),
      irq_pri_("irq_pri"),
      irq_gerror_("irq_gerror"),
      irq_cmd_sync_("irq_cmd_sync"),
      irq_pmcg_("irq_pmcg") {
  build_memory();
  build_smmu();
  build_pcie();
  build_platform_devices();
  connect_interrupts();
}

Platform::~Platform() = default;

void Platform::build_memory() {
  const MemoryConfig& m = config_.memory;
  try {
    ram_ = std::make_unique<memory::Ram>(
        "ram", memory::RamConfig{m.base, m.size, m.latency_ns, m.bandwidth_gbps, m.host_address}, timing_);
  } catch (const std::runtime_error& e) {
    throw ConfigError(e.what());
  }
  interconnect_ = std::make_unique<memory::Interconnect>("interconnect");
  interconnect_->add_target(m.base, m.size, m.base).bind(ram_->in);
  interrupts_ = std::make_unique<Interrupts>("interrupts", irq::kLines);
  interconnect_->add_target(map::kMsiDoorbell, map::kMsiDoorbellSize).bind(interrupts_->doorbell);
  os_ = std::make_unique<SimOs>("os", config_, facts_, *interrupts_,
                                [this](u64 pa, std::size_t n) { return ram_->host_pointer(pa, n); });
  os_->mmio_out.bind(interconnect_->in);
}

std::unique_ptr<core::TranslationCachePort> Platform::make_cache(CacheImpl impl, const RtlChoice& rtl,
                                                                 const std::string& site,
                                                                 const core::CacheConfig& sizes, u64 hit_ps) {
  std::unique_ptr<core::TranslationCachePort> cache;
  try {
    cache = make_translation_cache(static_cast<Impl>(impl), site, sizes, hit_ps, config_.tlb.clock_ps,
                                   timing_, facts_, rtl);
  } catch (const std::invalid_argument& e) {
    throw ConfigError(fmt::format("configuration: {}", e.what()));
  }
  if (auto* source = dynamic_cast<WaveSource*>(cache.get())) wave_sources_.push_back(source);
  return cache;
}

void Platform::build_smmu() {
  // One TBU for each root port, then one for each platform device.
  std::size_t platform_devices = 0;
  for (const EndpointConfig& e : config_.endpoints) {
    if (e.kind == EndpointKind::kPlatform) {
      ++platform_devices;
    } else if (std::find(buses_.begin(), buses_.end(), bus_of(e.stream_id)) == buses_.end()) {
      buses_.push_back(bus_of(e.stream_id));
    }
  }
  core::SmmuConfig smmu = config_.smmu;
  smmu.tbus = static_cast<unsigned>(buses_.size() + platform_devices);
  std::vector<core::TranslationCachePort*> tlbs;
  for (unsigned i = 0; i < smmu.tbus; ++i) {
    caches_.push_back(make_cache(config_.tlb.impl, choice(config_.tlb), fmt::format("tbu{}_tlb", i), smmu.tlb,
                                 config_.tlb.hit_ps));
    tlbs.push_back(caches_.back().get());
  }
  smmu_ = std::make_unique<smmu::Smmu>("smmu", smmu, timing_, facts_, tlbs);
  interconnect_->add_target(smmu.base, map::kSmmuSize).bind(smmu_->programming);
  smmu_->walk_out.bind(interconnect_->in);
  os_->broadcasts.out.bind(smmu_->broadcast_in);
  for (unsigned i = 0; i < smmu.tbus; ++i) smmu_->dma_out(i).bind(interconnect_->in);
  smmu_->route_streams([this](u32 stream_id) { return tbu_of(stream_id); });
}

void Platform::build_pcie() {
  bridge_ = std::make_unique<pcie::HostBridge>("host_bridge");
  interconnect_->add_target(map::kEcam, map::kEcamSize).bind(bridge_->config_in);
  interconnect_->add_target(map::kPcieWindow, map::kPcieWindowSize, map::kPcieWindow)
      .bind(bridge_->memory_in);
  for (unsigned i = 0; i < buses_.size(); ++i) {
    auto& port = *ports_.emplace_back(std::make_unique<pcie::RootPort>(fmt::format("root_port{}", i).c_str(),
                                                                       config_.link, *bridge_, timing_));
    port.dma_out.bind(smmu_->dma_in(i));
    port.messages_out.bind(smmu_->messages_in(i));
    smmu_->messages_out(i).bind(port.messages_in);
  }
  devices_.resize(config_.endpoints.size());
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const EndpointConfig& e = config_.endpoints[i];
    if (e.kind != EndpointKind::kPcie) continue;
    const core::CacheConfig sizes{.sets = e.atc.entries / e.atc.ways,
                                  .ways = e.atc.ways,
                                  .block_entries = e.atc.block_entries,
                                  .mshrs = e.atc.mshrs};
    caches_.push_back(make_cache(e.atc.impl, choice(e.atc), fmt::format("ep{}_atc", i), sizes, e.atc.hit_ps));
    const auto port = std::find(buses_.begin(), buses_.end(), bus_of(e.stream_id)) - buses_.begin();
    pcie::EndpointConfig endpoint{.stream_id = e.stream_id,
                                  .accelerator = e.accelerator,
                                  .ats = e.ats,
                                  .pri = e.pri,
                                  .misbehave = e.misbehave};
    endpoint.misbehave.seed = config_.seed * config_.endpoints.size() + i;
    devices_[i].endpoint = std::make_unique<pcie::Endpoint>(fmt::format("ep{}", i).c_str(), endpoint,
                                                            *ports_[static_cast<std::size_t>(port)], timing_,
                                                            facts_, *caches_.back());
  }
}

void Platform::build_platform_devices() {
  auto tbu = static_cast<unsigned>(buses_.size());
  u32 number = 0;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const EndpointConfig& e = config_.endpoints[i];
    if (e.kind != EndpointKind::kPlatform) continue;
    Device& d = devices_[i];
    d.registers = map::kPlatformDevices + number * map::kPlatformDeviceStride;
    d.irq = irq::kPlatformDevice + number++;
    d.platform = std::make_unique<pcie::PlatformDevice>(
        fmt::format("ep{}", i).c_str(), pcie::PlatformDeviceConfig{e.stream_id, e.accelerator}, facts_);
    interconnect_->add_target(d.registers, map::kPlatformDeviceStride).bind(d.platform->registers_in);
    d.platform->dma_out.bind(smmu_->dma_in(tbu++));
    wire(d.platform->irq, d.irq);
  }
}

void Platform::connect_interrupts() {
  smmu_->irq_event().bind(irq_event_);
  smmu_->irq_pri().bind(irq_pri_);
  smmu_->irq_gerror().bind(irq_gerror_);
  smmu_->irq_cmd_sync().bind(irq_cmd_sync_);
  smmu_->irq_pmcg().bind(irq_pmcg_);
  wire(irq_event_, irq::kSmmuEvent);
  wire(irq_pri_, irq::kSmmuPri);
  wire(irq_gerror_, irq::kSmmuGerror);
  wire(irq_cmd_sync_, irq::kSmmuCmdSync);
  wire(irq_pmcg_, irq::kSmmuPmcg);
  wire(smmu_->sev(), irq::kSmmuSev);
}

void Platform::wire(const sc_core::sc_signal<bool>& line, u32 irq) {
  wire(line.posedge_event(), irq);
}

void Platform::wire(const sc_core::sc_event& edge, u32 irq) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&edge);
  options.dont_initialize();
  sc_core::sc_spawn([this, irq] { interrupts_->raise(irq); }, fmt::format("irq{}", irq).c_str(), &options);
}

}  // namespace smmu_vp::tb

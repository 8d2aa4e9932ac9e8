// What others ask the assembled machine.
#include <algorithm>

#include "testbench/platform/address_map.h"
#include "testbench/platform/platform.h"
#include "testbench/rtl_adapter/cache_contents.h"

namespace smmu_vp::tb {

sw::PlatformDescription Platform::description() const {
  sw::PlatformDescription d;
  d.smmu = {config_.smmu.base, irq::kSmmuEvent, irq::kSmmuPri, irq::kSmmuGerror};
  d.pci = {map::kEcam, map::kEcamSize, map::kPcieWindow, map::kPcieWindowSize};
  d.msi_doorbell = map::kMsiDoorbell;
  d.first_msi = irq::kFirstMsi;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (!devices_[i].platform) continue;
    d.devices.push_back({.name = "accel" + std::to_string(i),
                         .registers = devices_[i].registers,
                         .irq = devices_[i].irq,
                         .stream_id = stream_id(i),
                         .pasid_bits = config_.smmu.features.ssid_bits});
  }
  return d;
}

u32 Platform::stream_id(std::size_t device) const {
  return config_.endpoints[device].stream_id;
}

std::optional<unsigned> Platform::tbu_of(u32 stream_id) const {
  auto tbu = static_cast<unsigned>(buses_.size());  // those of platform devices follow, in their order
  for (const EndpointConfig& e : config_.endpoints) {
    if (e.kind != EndpointKind::kPlatform) continue;
    if (e.stream_id == stream_id) return tbu;
    ++tbu;
  }
  const auto port = std::find(buses_.begin(), buses_.end(), static_cast<u8>(stream_id >> 8));
  if (port == buses_.end()) return std::nullopt;
  return static_cast<unsigned>(port - buses_.begin());
}

const core::ReferenceCache* Platform::tlb_contents(unsigned tbu) const {
  const auto* visible = dynamic_cast<const CacheContents*>(caches_[tbu].get());
  return visible == nullptr ? nullptr : &visible->reference();
}

std::vector<u32> Platform::stream_ids() const {
  std::vector<u32> ids;
  for (const EndpointConfig& e : config_.endpoints) ids.push_back(e.stream_id);
  return ids;
}

std::size_t Platform::driver_index(std::size_t device) const {
  const auto before = [&](std::size_t other) {
    if (is_pcie(other) != is_pcie(device)) return is_pcie(other);
    return is_pcie(device) ? stream_id(other) < stream_id(device) : other < device;
  };
  std::size_t index = 0;
  for (std::size_t other = 0; other < devices_.size(); ++other) index += before(other) ? 1 : 0;
  return index;
}

pcie::InjectResult Platform::inject(std::size_t device, const pcie::Injection& what) {
  Device& d = devices_[device];
  return d.endpoint ? d.endpoint->inject(what) : d.platform->inject(what);
}

bool Platform::idle() const {
  const auto quiet = [](const Device& d) { return d.endpoint ? d.endpoint->idle() : d.platform->idle(); };
  return smmu_->idle() && std::all_of(devices_.begin(), devices_.end(), quiet) &&
         std::all_of(ports_.begin(), ports_.end(), [](const auto& p) { return p->idle(); });
}

void Platform::visit_counters(const std::function<void(const std::string&, u64)>& visit) const {
  smmu_->visit_counters(visit);
  // The devices' names begin with their SystemC parent's, which is this module.
  const std::string prefix = std::string(name()) + ".";
  const auto without_prefix = [&](const std::string& counter, u64 value) {
    visit(counter.starts_with(prefix) ? counter.substr(prefix.size()) : counter, value);
  };
  for (const auto& port : ports_) port->visit_counters(without_prefix);
  for (const Device& d : devices_) {
    if (d.endpoint) d.endpoint->visit_counters(without_prefix);
    if (d.platform) d.platform->visit_counters(without_prefix);
  }
}

}  // namespace smmu_vp::tb

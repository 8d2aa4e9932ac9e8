// Queries of the assembled machine.
#include <algorithm>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/platform/platform.h"

namespace smmu_vp::tb {

sw::PlatformDescription Platform::description() const {
  sw::PlatformDescription d;
  d.smmu = {config_.smmu.base, irq::kSmmuEvent, irq::kSmmuPri, irq::kSmmuGerror};
  const PcieConfig& pcie = config_.pcie;
  d.pci = {pcie.ecam_base, pcie.ecam_size, pcie.window_base, pcie.window_size};
  d.msi_doorbell = config_.platform.doorbell_base;
  d.first_msi = irq::kFirstMsi;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const auto& node = devices_[i].node;
    if (!node || !device_kind(config_.endpoints[i].kind).driven) continue;
    d.devices.push_back({.name = "accel" + std::to_string(i),
                         .registers = node->registers,
                         .irq = node->irq,
                         .stream_id = stream_id(i),
                         .pasid_bits = config_.smmu.features.ssid_bits});
  }
  return d;
}

std::optional<unsigned> Platform::tbu_of(u32 stream_id) const {
  // A platform device keeps its StreamID even if its upper bits equal a root port's bus number.
  if (const auto own = system_.tbu_of(stream_id)) return pcie_.tbus() + *own;
  return pcie_.tbu_of(stream_id);
}

spec::MemoryType Platform::supplied_type(u32 stream_id) const {
  return system_.tbu_of(stream_id) ? spec::MemoryType{} : spec::kPcieMemoryType;
}

std::vector<u32> Platform::stream_ids() const {
  std::vector<u32> ids;
  for (const EndpointConfig& e : config_.endpoints) ids.push_back(e.stream_id);
  return ids;
}

void Platform::misbehave(std::size_t device, const spec::Misbehaviours& on) {
  dynamic_cast<pcie::Endpoint&>(this->device(device)).misbehave(on);
}

bool Platform::idle() const {
  return smmu_->idle() && std::ranges::all_of(devices_, [](const Attached& a) { return a.device->idle(); }) &&
         pcie_.idle() && system_.idle();
}

void Platform::visit_counters(const std::function<void(const std::string&, u64)>& visit) const {
  smmu_->visit_counters(visit);
  // The devices' names begin with their SystemC parent's, which is this module.
  const std::string prefix = std::string(name()) + ".";
  const auto without_prefix = [&](const std::string& counter, u64 value) {
    visit(counter.starts_with(prefix) ? counter.substr(prefix.size()) : counter, value);
  };
  pcie_.visit_counters(without_prefix);
  system_.visit_counters(without_prefix);
  for (const Attached& a : devices_) a.device->visit_counters(without_prefix);
}

}  // namespace smmu_vp::tb

// Capabilities of one function (PCIe Base Specification 7.5, 7.7, 7.8, 10.5).
#include "sw_driver/pci/pci_device.h"

#include <algorithm>

#include "sw_driver/poll.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace pcie = spec::pcie;
namespace header = spec::pcie::header;

DeviceInfo PciDevice::describe(const PciConfig& config, u16 requester_id) {
  const auto part = [&](spec::Field f, unsigned digits) {
    return hex(f.get(requester_id), digits).substr(2);
  };
  DeviceInfo info;
  info.name = text("pci ", part(pcie::bdf::Bus, 2), ":", part(pcie::bdf::Device, 2), ".",
                   part(pcie::bdf::Function, 1));
  info.stream_id = requester_id;  // SMMU manual, 8: StreamID[15:0] is the RequesterID
  if (const auto pasid = config.find_extended(pcie::pasid::kId)) {
    info.pasid_bits = static_cast<unsigned>(
        pcie::pasid::capability::MaxPasidWidth.get(config.read(*pasid + pcie::pasid::kCapability, 2)));
  }
  return info;
}

PciDevice::PciDevice(Os& os, PciConfig config, u16 requester_id)
    : Device(describe(config, requester_id)),
      os_(os),
      config_(config),
      vendor_(static_cast<u16>(config.read(header::kVendorId, 2))),
      device_id_(static_cast<u16>(config.read(header::kDeviceId, 2))),
      pasid_(config.find_extended(pcie::pasid::kId)),
      ats_(config.find_extended(pcie::ats::kId)),
      pri_(config.find_extended(pcie::pri::kId)),
      express_(config.find(pcie::express::kId)) {}

// A BAR that was written with all ones reads back its size (7.5.1.2.1).
bool PciDevice::assign_bars(u64& next, u64 end) {
  for (unsigned i = 0; i < header::kBars; ++i) {
    const unsigned offset = header::kBar0 + 4 * i;
    config_.write(offset, 4, ~u32{0});
    const u32 low = config_.read(offset, 4);
    if (header::bar::Address.in_place(low) == 0) continue;
    const bool wide = header::bar::Type.get(low) == header::bar::kType64;
    u64 mask = header::bar::Address.in_place(low);
    if (wide) {
      config_.write(offset + 4, 4, ~u32{0});
      mask |= u64{config_.read(offset + 4, 4)} << 32;
    } else {
      mask |= ~u64{0} << 32;
    }
    const u64 size = ~mask + 1;
    next = (next + size - 1) & ~(size - 1);
    if (next + size > end) {
      bars_ = {};
      return false;
    }
    bars_[i] = next;
    next += size;
    if (wide) ++i;
  }
  write_bars();
  return true;
}

void PciDevice::write_bars() {
  for (unsigned i = 0; i < header::kBars; ++i) {
    if (!bars_[i]) continue;
    const unsigned offset = header::kBar0 + 4 * i;
    const bool wide = header::bar::Type.get(config_.read(offset, 4)) == header::bar::kType64;
    config_.write(offset, 4, static_cast<u32>(*bars_[i]));
    if (wide) config_.write(offset + 4, 4, static_cast<u32>(*bars_[i] >> 32));
  }
  u64 command = config_.read(header::kCommand, 2);
  command = header::command::MemorySpaceEnable.set(command, 1);
  command = header::command::BusMasterEnable.set(command, 1);
  config_.write(header::kCommand, 2, static_cast<u32>(command));
}

bool PciDevice::enable_msix(const std::vector<MsiTarget>& targets) {
  const auto cap = config_.find(pcie::msix::kId);
  if (!cap) return false;
  msix_targets_ = targets;
  u64 control = config_.read(*cap + pcie::msix::kControl, 2);
  if (pcie::msix::control::TableSize.get(control) + 1 < targets.size()) return false;
  const u32 place = config_.read(*cap + pcie::msix::kTable, 4);
  const std::optional<u64> bar = bars_[pcie::msix::Bir.get(place)];
  if (!bar) return false;
  u64 entry = *bar + pcie::msix::Offset.in_place(place);
  for (const MsiTarget& target : targets) {
    os_.mmio_write32(entry + pcie::msix::kEntryAddress, static_cast<u32>(target.doorbell));
    os_.mmio_write32(entry + pcie::msix::kEntryAddress + 4, static_cast<u32>(target.doorbell >> 32));
    os_.mmio_write32(entry + pcie::msix::kEntryData, target.line);
    os_.mmio_write32(entry + pcie::msix::kEntryControl, 0);
    entry += pcie::msix::kEntryBytes;
  }
  control = pcie::msix::control::Enable.set(pcie::msix::control::FunctionMask.set(control, 0), 1);
  config_.write(*cap + pcie::msix::kControl, 2, static_cast<u32>(control));
  return true;
}

void PciDevice::enable_pasid() {
  if (!pasid_) return;
  config_.write(*pasid_ + pcie::pasid::kControl, 2, static_cast<u32>(pcie::pasid::control::Enable.mask()));
}

void PciDevice::disable() {
  if (pasid_) config_.write(*pasid_ + pcie::pasid::kControl, 2, 0);
  const u64 command = config_.read(header::kCommand, 2);
  config_.write(header::kCommand, 2, static_cast<u32>(header::command::BusMasterEnable.set(command, 0)));
}

void PciDevice::enable_ats(unsigned smallest_granule_shift) {
  ats_granule_shift_ = smallest_granule_shift;
  const u64 control =
      pcie::ats::control::STU.set(pcie::ats::control::Enable.mask(), smallest_granule_shift - 12);
  config_.write(*ats_ + pcie::ats::kControl, 2, static_cast<u32>(control));
}

void PciDevice::disable_ats() {
  ats_granule_shift_.reset();
  config_.write(*ats_ + pcie::ats::kControl, 2, 0);
}

// Reset, allocation and enabling require a stopped page request interface (10.5.2).
bool PciDevice::enable_pri(unsigned allocation) {
  pri_allocation_ = allocation;
  const auto stopped = [&] {
    return pcie::pri::status::Stopped.get(config_.read(*pri_ + pcie::pri::kStatus, 2)) != 0;
  };
  if (!poll_until(os_, kMillisecond, stopped)) return false;
  config_.write(*pri_ + pcie::pri::kControl, 2, static_cast<u32>(pcie::pri::control::Reset.mask()));
  const u32 granted = std::min(config_.read(*pri_ + pcie::pri::kCapacity, 4), u32{allocation});
  config_.write(*pri_ + pcie::pri::kAllocation, 4, granted);
  config_.write(*pri_ + pcie::pri::kControl, 2, static_cast<u32>(pcie::pri::control::Enable.mask()));
  return true;
}

void PciDevice::disable_pri() {
  pri_allocation_.reset();
  config_.write(*pri_ + pcie::pri::kControl, 2, 0);
}

void PciDevice::block() {
  if (pri_) disable_pri();
  if (ats_) disable_ats();
  const u64 command = config_.read(header::kCommand, 2);
  config_.write(header::kCommand, 2, static_cast<u32>(header::command::BusMasterEnable.set(command, 0)));
}

// Function Level Reset, which may take 100 ms (6.6.2). Page requests from before the reset are answered while
// the page request interface is off: the function has forgotten them.
bool PciDevice::reset() {
  const unsigned control = *express_ + pcie::express::kDeviceControl;
  const u64 flr = pcie::express::device_control::InitiateFunctionLevelReset.mask();
  config_.write(control, 2, config_.read(control, 2) | static_cast<u32>(flr));
  os_.sleep_ps(100 * kMillisecond);
  if (config_.read(header::kVendorId, 2) != vendor_) return false;
  if (iommu != nullptr) iommu->drain_faults();
  write_bars();
  enable_pasid();
  if (!msix_targets_.empty()) enable_msix(std::vector(msix_targets_));
  if (ats_granule_shift_) enable_ats(*ats_granule_shift_);
  return !pri_allocation_ || enable_pri(*pri_allocation_);
}

bool PciDevice::prg_response_needs_pasid() const {
  return pri_ &&
         pcie::pri::status::PrgResponsePasidRequired.get(config_.read(*pri_ + pcie::pri::kStatus, 2)) != 0;
}

}  // namespace smmu_vp::sw

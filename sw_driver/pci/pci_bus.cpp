// Enumerates from bus 0 (7.3, 7.5.1.3), through bridges to the buses behind them, in order of bus, device
// and function number.
#include "sw_driver/pci/pci_bus.h"

#include <algorithm>

#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace pcie = spec::pcie;
namespace bridge = spec::pcie::bridge;

namespace {

constexpr u32 kMultiFunction = 0x80, kHeaderLayout = 0x7F;  // 7.5.1.1.9
constexpr unsigned kDevices = 32, kFunctions = 8;

class BusWalk {
 public:
  BusWalk(Os& os, const PciHost& host) : os_(os), host_(host), next_(host.window) {}

  void walk(unsigned bus) {
    for (unsigned device = 0; device < kDevices; ++device) {
      for (unsigned function = 0; function < kFunctions; ++function) {
        const auto id = static_cast<u16>(bus << 8 | device << 3 | function);
        const PciConfig config(os_, host_.ecam, id);
        if (!config.present()) {
          if (function == 0) break;
          continue;
        }
        const u32 type = config.read(pcie::header::kHeaderType, 1);
        if ((type & kHeaderLayout) == 0) use(config, id);
        if ((type & kHeaderLayout) == bridge::kHeaderType) descend(config, bus);
        if (function == 0 && (type & kMultiFunction) == 0) break;
      }
    }
  }
  std::vector<std::unique_ptr<PciDevice>> take() { return std::move(found_); }

 private:
  unsigned buses() const {
    return static_cast<unsigned>(host_.ecam_bytes / pcie::kConfigBytes / (kDevices * kFunctions));
  }
  void use(const PciConfig& config, u16 id) {
    auto made = std::make_unique<PciDevice>(os_, config, id);
    if (!made->assign_bars(next_, host_.window + host_.window_bytes))
      os_.printk(LogLevel::kErr, text(made->info.name, ": no room for its BARs"));
    found_.push_back(std::move(made));
  }
  // Keeps bus numbers that firmware assigned. The bridge's window covers exactly what is found behind it; two
  // bridges never share a megabyte.
  void descend(const PciConfig& config, unsigned bus) {
    unsigned secondary = config.read(bridge::kSecondaryBus, 1);
    const bool numbered = secondary > bus;
    if (!numbered) {
      secondary = last_bus_ + 1;
      config.write(bridge::kPrimaryBus, 1, bus);
      config.write(bridge::kSecondaryBus, 1, secondary);
      config.write(bridge::kSubordinateBus, 1, buses() - 1);  // all buses, until the last one is known
    }
    if (secondary >= buses()) return;
    last_bus_ = std::max(last_bus_, secondary);
    if (next_ != host_.window) align();
    const u64 begin = next_;
    walk(secondary);
    if (!numbered) config.write(bridge::kSubordinateBus, 1, last_bus_);
    const u64 first = begin & ~(bridge::kWindowUnit - 1);
    align();
    const bool empty = next_ == first;  // a limit below the base closes the window (7.5.1.3.8)
    config.write(bridge::kMemoryBase, 2, window_register(empty ? bridge::kWindowUnit : first));
    config.write(bridge::kMemoryLimit, 2, window_register(empty ? 0 : next_ - 1));
    u64 command = config.read(pcie::header::kCommand, 2);
    command = pcie::header::command::MemorySpaceEnable.set(command, 1);
    command = pcie::header::command::BusMasterEnable.set(command, 1);
    config.write(pcie::header::kCommand, 2, static_cast<u32>(command));
  }
  static u32 window_register(u64 address) {
    return static_cast<u32>(bridge::MemoryAddress.in_place(address >> 16));
  }
  void align() { next_ = (next_ + bridge::kWindowUnit - 1) & ~(bridge::kWindowUnit - 1); }

  Os& os_;
  const PciHost& host_;
  u64 next_;
  unsigned last_bus_ = 0;
  std::vector<std::unique_ptr<PciDevice>> found_;
};

}  // namespace

std::vector<std::unique_ptr<PciDevice>> scan_pci(Os& os, const PciHost& host) {
  if (host.ecam_bytes == 0) return {};
  BusWalk walk(os, host);
  walk.walk(0);
  return walk.take();
}

}  // namespace smmu_vp::sw

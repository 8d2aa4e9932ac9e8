// The walk over all requester IDs (7.5.1.1.9: bit 7 of the header type says several functions).
#include "sw_driver/pci/pci_bus.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

namespace pcie = spec::pcie;

namespace {
constexpr u32 kMultiFunction = 0x80, kHeaderLayout = 0x7F;
}

std::vector<std::unique_ptr<PciDevice>> scan_pci(Os& os, const PciHost& host) {
  std::vector<std::unique_ptr<PciDevice>> found;
  u64 next = host.window;
  const u64 devices = host.ecam_bytes / pcie::kConfigBytes / 8;
  for (u64 device = 0; device < devices; ++device) {
    for (u64 function = 0; function < 8; ++function) {
      const auto id = static_cast<u16>(device << 3 | function);
      const PciConfig config(os, host.ecam, id);
      if (!config.present()) {
        if (function == 0) break;
        continue;
      }
      const u32 type = config.read(pcie::header::kHeaderType, 1);
      if ((type & kHeaderLayout) == 0) {
        auto made = std::make_unique<PciDevice>(os, config, id);
        if (made->assign_bars(next, host.window + host.window_bytes))
          found.push_back(std::move(made));
        else
          os.printk(LogLevel::kErr, text(made->info.name, ": no room for its BARs"));
      }
      if (function == 0 && (type & kMultiFunction) == 0) break;
    }
  }
  return found;
}

}  // namespace smmu_vp::sw

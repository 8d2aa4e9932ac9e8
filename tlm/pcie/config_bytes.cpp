// The registers of a link's ends.
#include "tlm/pcie/config_bytes.h"

#include "tlm/pcie/endpoint_config.h"

namespace smmu_vp::pcie {

void ConfigBytes::define_link(unsigned express, const LinkConfig& link, const LinkEnd& end) {
  namespace e = spec::pcie::express;
  namespace capabilities = e::link_capabilities;
  namespace status = e::link_status;
  const u64 most = capabilities::MaxWidth.set(capabilities::MaxSpeed.set(0, link.generation), link.lanes);
  define(
      {express + e::kLinkCapabilities, 4},
      {.value = config_bits(most) | config_mask(capabilities::AspmOptionalityCompliance) | end.capabilities});
  define({express + e::kLinkControl, 2},
         {.writable = config_mask(e::link_control::CommonClock) |
                      config_mask(e::link_control::ExtendedSynch) | end.control});
  const u64 now = status::Width.set(status::Speed.set(0, link.generation), link.lanes);
  define({express + e::kLinkStatus, 2},
         {.value = config_bits(now) | config_mask(status::SlotClock) | end.status,
          .write_one_clears = end.status_clears});
  define({express + e::kLinkCapabilities2, 4},
         {.value = config_bits(e::link_capabilities2::SupportedSpeeds.set(0, (1u << link.generation) - 1))});
  define({express + e::kLinkControl2, 2},
         {.value = config_bits(e::link_control2::TargetSpeed.set(0, link.generation))});  // it has no other
}

}  // namespace smmu_vp::pcie

// Configuration of links and PCIe functions.
#pragma once

#include "tlm/core/hardware_bugs.h"
#include "tlm/device/device_config.h"
#include "tlm/spec/misbehaviour.h"

namespace smmu_vp::pcie {

struct LinkConfig {
  unsigned generation = 3;  // 1..5
  unsigned lanes = 8;       // 1, 2, 4, 8, 16
  u64 latency_ns = 150;     // one way
  unsigned mps = 256;       // Max_Payload_Size at reset: 128..4096, a power of two
  unsigned mrrs = 512;      // Max_Read_Request_Size at reset: 128..4096, a power of two
  // What each end advertises (2.6.1); 0 is infinite. A data credit is 16 bytes.
  unsigned posted_headers = 128, posted_data = 2048, non_posted_headers = 128;
};

struct PriConfig {
  u32 capacity = 32;                        // Outstanding Page Request Capacity
  bool prg_response_pasid_required = true;  // PRI Status, bit 15
  u32 pages_per_group = 1;                  // 1..32: most pages of its job that a fault asks for at once
  // Most page requests for the same access that may be answered Success before the job fails. Limits the cost
  // of a handler that never maps the page.
  unsigned retries = 1000;
  u64 retry_ps = 100'000;  // pause before the second repetition; doubles each time (pri_retry.h)
};

struct AtsConfig {
  unsigned translations = 1;   // most translations that a Translation Request asks for, 1..8
  unsigned paths = 1;          // traffic classes in use, 1..8: an invalidation is completed on each (10.3.2)
  u64 invalidate_ps = 50'000;  // the endpoint's own time per Invalidate Request, without its cache's
  core::HardwareBug bug = core::HardwareBug::kNone;
};

struct MisbehaveConfig {
  spec::Misbehaviours on{};
  u64 slow_ps = 100'000'000;  // delay for slow_completions
  u64 seed = 1;               // of all random choices of a misbehaving device
};

struct EndpointConfig : device::DeviceConfig {
  AtsConfig ats;
  PriConfig pri;
  MisbehaveConfig misbehave;
};

}  // namespace smmu_vp::pcie

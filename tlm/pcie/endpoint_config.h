// Configuration of the PCIe side: what an integrator chooses about links, endpoints and platform devices.
#pragma once

#include "tlm/pcie/misbehaviour.h"
#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

inline constexpr unsigned kMostRootPorts = 32;  // devices of bus 0

struct LinkConfig {
  unsigned generation = 3;  // 1..5
  unsigned lanes = 8;       // 1, 2, 4, 8, 16
  u64 latency_ns = 150;     // one way
  unsigned mps = 256;       // Max_Payload_Size at reset: 128..4096, a power of two
  unsigned mrrs = 512;      // Max_Read_Request_Size at reset: 128..4096, a power of two
  // What each end advertises (2.6.1); 0 is infinite. A unit of data is 16 bytes.
  unsigned posted_headers = 128, posted_data = 2048, non_posted_headers = 128;
};

struct AcceleratorConfig {
  unsigned channels = 4;      // jobs that run at once
  unsigned queue_depth = 64;  // jobs that wait
  unsigned outstanding = 1;   // pages that a channel has under way at once
};

struct PriConfig {
  u32 capacity = 32;                        // Outstanding Page Request Capacity
  bool prg_response_pasid_required = true;  // PRI Status, bit 15
  u32 pages_per_group = 1;                  // 1..32: a fault asks for this many pages of its job at most
  // Page requests answered Success one after another for the same access before the job is faulted: a bound
  // on what a handler that never maps the page can cost.
  unsigned retries = 1000;
};

struct AtsConfig {
  unsigned translations = 1;   // a Translation Request asks for at most, 1..8
  unsigned paths = 1;          // traffic classes in use, 1..8: an invalidation is completed on each (10.3.2)
  u64 invalidate_ps = 50'000;  // the endpoint's own work for an Invalidate Request, beside its cache's cycles
};

struct MisbehaveConfig {
  Misbehaviours on{};
  u64 slow_ps = 100'000'000;  // what slow_completions adds
  u64 seed = 1;               // of every choice of a device that misbehaves
};

struct EndpointConfig {
  u32 stream_id = 0x0100;  // low 16 bits: the RequesterID (bus, device, function)
  AcceleratorConfig accelerator;
  AtsConfig ats;
  PriConfig pri;
  MisbehaveConfig misbehave;

  u16 requester_id() const { return static_cast<u16>(stream_id); }
};

struct PlatformDeviceConfig {
  u32 stream_id = 0x40;
  AcceleratorConfig accelerator;
};

}  // namespace smmu_vp::pcie

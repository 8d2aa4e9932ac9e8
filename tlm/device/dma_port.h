// A core's view of the outside: accesses in the address space of a PASID.
#pragma once

#include <optional>

#include "tlm/device/dma_request.h"

namespace smmu_vp::device {

enum class DmaOutcome : u8 {
  kOk,
  kPageFault,  // the address cannot be paged in
  kAborted,    // the system refused the access
  kStopped,    // the job was cancelled before the access; nothing was accessed
};

class DmaPort {
 public:
  virtual ~DmaPort() = default;
  // Performs `request`, whose address is the core's own; the port decides which transactions go out.
  // Blocks until the access is finished at memory, including page requests. `follows` is the number
  // of bytes right behind it that the job will access in the same direction. `cancelled` becomes
  // true when the job is cancelled.
  virtual DmaOutcome access(const DmaRequest& request, u64 follows, const bool& cancelled) = 0;
  // Stops waiting for pages for cancelled jobs of `pasid`, or for every job.
  virtual void abandon(std::optional<u32> pasid) = 0;
  // Blocks until the host can tell that no more traffic of `pasid` will come. Call
  // when no job of it is running.
  virtual void settle(u32 pasid) = 0;
};

}  // namespace smmu_vp::device

// What the accelerator's engines see of the outside: accesses in the address space of a PASID.
#pragma once

#include <optional>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

struct DmaAccess {
  bool has_pasid = false;
  u32 pasid = 0;
  u64 address = 0;
  void* data = nullptr;
  unsigned bytes = 0;  // does not cross a 4 KB boundary
  u64 follows = 0;     // bytes right behind it that the same job will access in the same direction
  bool write = false;
  const bool* cancelled = nullptr;  // becomes true when the job is given up; never null
};

enum class DmaOutcome : u8 {
  kOk,
  kPageFault,  // the address cannot be paged in
  kAborted,    // the system refused the access
  kStopped,    // given up because the job was cancelled; nothing was accessed
};

class DmaPort {
 public:
  virtual ~DmaPort() = default;
  // Blocks until the access is finished at memory, paging included.
  virtual DmaOutcome access(const DmaAccess& access) = 0;
  // Gives up waiting for pages on behalf of cancelled jobs of `pasid`, or of every job.
  virtual void abandon(std::optional<u32> pasid) = 0;
  // Blocks until the host can tell that nothing of `pasid` comes any more; call it when no job of it runs.
  virtual void settle(u32 pasid) = 0;
};

}  // namespace smmu_vp::pcie

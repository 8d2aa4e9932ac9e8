// The host memory behind the RAM: anonymous, zero, and committed only where it is touched; or a file's bytes, which
// other processes that map the file share.
#pragma once

#include <cstddef>
#include <string>

#include "tlm/spec/types.h"

namespace smmu_vp::memory {

struct HostMemoryConfig {
  u64 size;
  u64 address = 0;        // where to map it; 0: anywhere
  std::string file = {};  // empty: anonymous memory
  u64 file_offset = 0;    // a multiple of the host's page size
};

class HostMemory {
 public:
  // A file that is missing is made, and an empty one gets its size. Throws std::runtime_error if the address is
  // taken, the size cannot be mapped or the file does not fit.
  explicit HostMemory(const HostMemoryConfig& config);
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  ~HostMemory();

  u8* bytes() const { return bytes_; }
  // The state at power-on, at the same address: anonymous memory is zero again. A file keeps its contents, which are
  // not this process's alone.
  void power_on();

 private:
  const HostMemoryConfig config_;
  u8* bytes_;
};

}  // namespace smmu_vp::memory

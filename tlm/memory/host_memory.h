// The host memory behind the RAM: zero, and committed only where it is touched.
#pragma once

#include <cstddef>

#include "tlm/spec/types.h"

namespace smmu_vp::memory {

class HostMemory {
 public:
  // `address` 0: anywhere. Throws std::runtime_error if the address is taken or the size cannot be mapped.
  HostMemory(u64 size, u64 address);
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  ~HostMemory();

  u8* bytes() const { return bytes_; }
  // Makes it zero again at the same address; pointers into it stay valid.
  void clear();

 private:
  u8* bytes_;
  std::size_t size_;
};

}  // namespace smmu_vp::memory

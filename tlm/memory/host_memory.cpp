// Anonymous mappings.
#include "tlm/memory/host_memory.h"

#include <sys/mman.h>

#include <bit>
#include <sstream>
#include <stdexcept>

namespace smmu_vp::memory {

namespace {

void* map(void* at, u64 size, int flags) {
  return ::mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

u8* mapped(u64 size, u64 address) {
  const int fixed = address != 0 ? MAP_FIXED_NOREPLACE : 0;
  void* const wanted = std::bit_cast<void*>(address);
  void* const got = map(wanted, size, fixed);
  std::ostringstream why;
  why << std::hex << std::showbase;
  if (got == MAP_FAILED) {
    why << "memory.size: " << size << " bytes cannot be mapped";
    if (fixed != 0) why << " at memory.host_address " << address << ": the range is in use";
    throw std::runtime_error(why.str());
  }
  if (fixed != 0 && got != wanted) {  // kernels that ignore the flag
    ::munmap(got, size);
    why << "memory.host_address: " << address << " is in use";
    throw std::runtime_error(why.str());
  }
  return static_cast<u8*>(got);
}

}  // namespace

HostMemory::HostMemory(u64 size, u64 address) : bytes_(mapped(size, address)), size_(size) {}

HostMemory::~HostMemory() {
  ::munmap(bytes_, size_);
}

void HostMemory::clear() {
  if (map(bytes_, size_, MAP_FIXED) == MAP_FAILED)
    throw std::runtime_error("memory.size: the host cannot map it again");
}

}  // namespace smmu_vp::memory

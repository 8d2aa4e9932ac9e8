// Mappings of anonymous memory and of files.
#include "tlm/memory/host_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace smmu_vp::memory {

namespace {

// Descriptor of the RAM's file; -1 for anonymous memory. A mapping outlives it.
class File {
 public:
  explicit File(const HostMemoryConfig& config) : File() {
    if (config.file.empty()) return;
    const auto refusal = [&](const std::string& why) {
      return std::runtime_error("memory.file = " + config.file + ": " + why);
    };
    descriptor_ = ::open(config.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    if (descriptor_ < 0) throw refusal(std::strerror(errno));
    struct stat is {};
    if (::fstat(descriptor_, &is) != 0 || !S_ISREG(is.st_mode)) throw refusal("it is not a file");
    const u64 needed = config.file_offset + config.size;
    if (is.st_size == 0) {
      if (::ftruncate(descriptor_, static_cast<off_t>(needed)) != 0)
        throw refusal("it cannot have " + std::to_string(needed) + " bytes: " + std::strerror(errno));
    } else if (static_cast<u64>(is.st_size) < needed) {
      throw refusal("it has " + std::to_string(is.st_size) +
                    " bytes: expected memory.file_offset + memory.size = " + std::to_string(needed) +
                    " or more");
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  File() = default;
  int descriptor_ = -1;
};

void* map(void* at, u64 size, int flags, int file = -1, u64 offset = 0) {
  const int kind = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  return ::mmap(at, size, PROT_READ | PROT_WRITE, kind | MAP_NORESERVE | flags, file,
                static_cast<off_t>(offset));
}

u8* mapped(const HostMemoryConfig& config) {
  const File file(config);
  const int fixed = config.address != 0 ? MAP_FIXED_NOREPLACE : 0;
  void* const wanted = std::bit_cast<void*>(config.address);
  void* const got = map(wanted, config.size, fixed, file.descriptor(), config.file_offset);
  std::ostringstream why;
  why << std::hex << std::showbase;
  if (got == MAP_FAILED) {
    why << "memory.size: " << config.size << " bytes cannot be mapped";
    if (fixed != 0) why << " at memory.host_address " << config.address << ": the range is in use";
    throw std::runtime_error(why.str());
  }
  if (fixed != 0 && got != wanted) {  // kernels that ignore the flag
    ::munmap(got, config.size);
    why << "memory.host_address: " << config.address << " is in use";
    throw std::runtime_error(why.str());
  }
  return static_cast<u8*>(got);
}

}  // namespace

HostMemory::HostMemory(const HostMemoryConfig& config) : config_(config), bytes_(mapped(config)) {}

HostMemory::~HostMemory() {
  ::munmap(bytes_, config_.size);
}

void HostMemory::power_on() {
  if (config_.file.empty() && map(bytes_, config_.size, MAP_FIXED) == MAP_FAILED)
    throw std::runtime_error("memory.size: the host cannot map it again");
}

}  // namespace smmu_vp::memory

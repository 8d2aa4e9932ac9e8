// A workload as work for the accelerator: batches of access-list entries, with what each must yield, computed
// from a shadow of the process's memory that no model ever touches.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "testbench/workload/reader.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::tb {

// What a page of a process holds before anybody writes to it; `page` lies at `va`. Any size.
void fill_initial_page(u64 mm_seed, u64 va, std::span<u8> page);

// The bytes the process's memory must hold. Only pages that were written take room.
class ShadowMemory {
 public:
  explicit ShadowMemory(u64 mm_seed) : mm_seed_(mm_seed) {}

  void read(u64 va, std::span<u8> bytes) const;
  // As the accelerator writes: pattern_byte(seed, address).
  void write_pattern(u64 va, u64 bytes, u64 seed);
  // Ordinary bytes, for what a CPU or the accelerator's copy stores.
  void write(u64 va, std::span<const u8> bytes);

  // Compares the written pages with the process's memory as `read_memory(va, bytes)` gives it; says where
  // they first differ.
  using ReadMemory = std::function<void(u64 va, std::span<u8> bytes)>;
  std::optional<std::string> first_difference(const ReadMemory& read_memory) const;
  std::size_t written_pages() const { return pages_.size(); }

 private:
  using Page = std::array<u8, kWorkloadPage>;
  Page& page(u64 va);

  u64 mm_seed_;
  std::map<u64, std::unique_ptr<Page>> pages_;
};

struct ReplayBatch {
  std::vector<std::array<u64, 2>> entries;  // spec::accel::access, ready to store at the list's address
  u32 expected_crc = 0;                     // RESULT: CRC32C over the bytes of all reads in order
  u64 bytes_read = 0, bytes_written = 0;
};

struct ReplayOptions {
  u64 mm_seed = 1;     // initial contents
  u32 write_seed = 1;  // seed of the first write; the next write takes the next
  std::size_t batch_entries = 256;
  u64 max_accesses = ~u64{0};
};

// Batches must run to their end in the order given, one at a time for a process: the shadow advances with
// next().
class Replay {
 public:
  Replay(const std::string& path, const ReplayOptions& options);

  const WorkloadInfo& info() const { return reader_.info(); }
  ShadowMemory& shadow() { return shadow_; }
  // Nothing at the end of the workload.
  std::optional<ReplayBatch> next();

 private:
  WorkloadReader reader_;
  ReplayOptions options_;
  ShadowMemory shadow_;
  u64 accesses_ = 0;
};

}  // namespace smmu_vp::tb

// Turns a workload into jobs for the accelerator: batches of access-list entries with their expected results,
// computed from a shadow of the process's memory that no model touches, and the memory map changes before and
// during each batch.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "testbench/runs/workload/crc.h"
#include "testbench/runs/workload/page_map.h"
#include "testbench/runs/workload/reader.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::tb {

// What a process's memory holds at first.
struct InitialContents {
  u64 seed;

  // Fills `page` at `va`, of any size.
  void fill(u64 va, std::span<u8> page) const;
};

// The expected contents of the process's memory. Only written pages are stored.
class ShadowMemory {
 public:
  explicit ShadowMemory(u64 mm_seed) : initial_{mm_seed} {}

  void read(u64 va, std::span<u8> bytes) const;
  // Writes as the accelerator does: pattern_byte(seed, address).
  void write_pattern(const AddressRange& range, u64 seed);
  // Writes given bytes, as a CPU or the accelerator's copy does.
  void write(u64 va, std::span<const u8> bytes);
  // Forgets the range: a later mapping there starts with initial contents.
  void discard(u64 start, u64 end);

  // Compares the written pages with the process's memory, read by `read_memory(va, bytes)`, and describes the
  // first difference.
  using ReadMemory = std::function<void(u64 va, std::span<u8> bytes)>;
  std::optional<std::string> first_difference(const ReadMemory& read_memory) const;
  std::size_t written_pages() const { return pages_.size(); }

 private:
  using Page = std::array<u8, kWorkloadPage>;
  Page& page(u64 va);

  InitialContents initial_;
  std::map<u64, std::unique_ptr<Page>> pages_;
};

struct ReplayBatch {
  std::vector<PageChange> before;  // to be made before the entries run
  // To be made while the entries run: they remove permissions and pages that no entry needs.
  std::vector<PageChange> beside;
  std::vector<std::array<u64, 2>> entries;  // spec::accel::access, ready to store at the list's address
  u32 expected_crc = 0;                     // RESULT: CRC32C over the bytes of all reads in order
  u64 bytes_read = 0, bytes_written = 0;
};

struct ReplayOptions {
  u64 mm_seed = 1;                 // initial contents
  u32 write_seed = 1;              // seed of the first write; each further write uses the next one
  u64 page_bytes = kWorkloadPage;  // of the process
  std::size_t batch_entries = 256;
  u64 max_accesses = ~u64{0};
};

// Batches must run to completion in order, one at a time for each process: the shadow advances with next().
class Replay {
 public:
  Replay(const std::string& path, const ReplayOptions& options);

  const WorkloadInfo& info() const { return reader_.info(); }
  ShadowMemory& shadow() { return shadow_; }
  // The initial memory map, to be made in this order. Call it once, before the first batch.
  std::vector<PageChange> initial_map();
  // Returns nullopt at the end of the workload. A batch may have no entries.
  std::optional<ReplayBatch> next();

 private:
  std::vector<PageChange> change(const MapEvent& event);
  std::optional<Step> take();
  void add(const Access& access, ReplayBatch& batch, Crc32c& reads);

  WorkloadReader reader_;
  ReplayOptions options_;
  ShadowMemory shadow_;
  PageMap pages_;
  std::optional<Step> held_;  // already read; belongs to the next batch
  u64 accesses_ = 0;
};

}  // namespace smmu_vp::tb

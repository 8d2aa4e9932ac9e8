// Executes work descriptors, one at a time, over a DMA port. Every byte really moves.
#pragma once

#include <array>
#include <vector>

#include "tlm/pcie/crc32c.h"
#include "tlm/pcie/dma_port.h"
#include "tlm/pcie/lanes.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::pcie {

using Descriptor = std::array<u64, spec::accel::desc::kBytes / 8>;

struct JobResult {
  spec::accel::Status status = spec::accel::Status::kOk;
  u64 done = 0;           // bytes, or entries of a list, finished
  u64 fault_address = 0;  // of the access that failed
  u64 result = 0;
};

class JobEngine {
 public:
  // `outstanding`: pages of a copy, fill or checksum that are under way at once.
  JobEngine(DmaPort& port, unsigned outstanding)
      : port_(port), lanes_(outstanding), buffer_(kBuffer), list_(kBuffer) {}

  // Runs `descriptor` and writes its completion record. A job that was cancelled writes none: nothing of it
  // may reach memory any more. A record that cannot be written fails the job.
  JobResult run(const Descriptor& descriptor, const bool& cancelled);

 private:
  static constexpr unsigned kBuffer = 4096;

  void execute(const Descriptor& descriptor, JobResult& job);
  void copy(const Descriptor& descriptor, JobResult& job);
  void fill(const Descriptor& descriptor, JobResult& job);
  void crc(const Descriptor& descriptor, JobResult& job);
  // The part of a job that one lane performs.
  struct Piece {
    u64 offset, bytes;
    u8* buffer;
    const u64& first_failed;  // offset of the first piece known to have failed
    JobResult result{};
  };
  // Cuts what is not done of `length` bytes into pieces of `cut(offset)` bytes, each within a page, and
  // performs them. `done` becomes what lies before the first that failed, in order of offset.
  template <typename Cut, typename Perform>
  void each_piece(u64 length, JobResult& job, Cut cut, Perform perform);
  void batch(const Descriptor& descriptor, JobResult& job);
  void access_list(const Descriptor& descriptor, JobResult& job);
  bool access_entry(const std::array<u64, 2>& entry, u64 size, Crc32c& sum, JobResult& job);
  // Calls `perform(entry, size, done)` for each access entry of `list`; `done`: an earlier try has done it.
  template <typename Perform>
  void each_entry(u64 list, u64 count, JobResult& job, Perform perform);
  void pieces(u64 list, u64 consecutive, u64 count, bool gather, JobResult& job);
  void compare(const Descriptor& descriptor, JobResult& job);
  void chase(const Descriptor& descriptor, JobResult& job);
  void complete(const Descriptor& descriptor, JobResult& job);
  // Reads or writes any range, page by page. On failure says so in `job` and returns false. `follows`: bytes
  // behind the range that the job accesses next in the same direction.
  bool move(u64 address, void* data, u64 bytes, bool write, JobResult& job, u64 follows = 0);

  DmaPort& port_;
  Lanes lanes_;
  std::vector<u8> buffer_, list_;
  DmaAccess context_;  // whose address space the running job uses
};

}  // namespace smmu_vp::pcie

// Executes work descriptors, one at a time, over a DMA port. All data is actually moved.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tlm/device/crc32c.h"
#include "tlm/device/dma_port.h"
#include "tlm/device/lanes.h"
#include "tlm/spec/accelerator.h"

namespace smmu_vp::device {

using Descriptor = std::array<u64, spec::accel::desc::kBytes / 8>;

inline std::optional<u32> pasid_of(const Descriptor& descriptor) {
  namespace desc = spec::accel::desc;
  return spec::substream(desc::PASID_VALID.get(descriptor) != 0,
                         static_cast<u32>(desc::PASID.get(descriptor)));
}

struct JobResult {
  spec::accel::Status status = spec::accel::Status::kOk;
  u64 done = 0;           // bytes, or entries of a list, finished
  u64 fault_address = 0;  // of the access that failed
  u64 result = 0;
};

class JobEngine {
 public:
  // `outstanding`: pages of a copy, fill or checksum that are accessed at once.
  JobEngine(u32 stream_id, DmaPort& port, unsigned outstanding)
      : stream_id_(stream_id), port_(port), lanes_(outstanding), buffer_(kBuffer), list_(kBuffer) {}

  // Runs `descriptor` and writes its completion record. A cancelled job writes none, as it must not access
  // memory any more. If the record cannot be written, the job fails.
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
  // Splits `length` bytes, from `job.done` on, into pieces of `cut(offset)` bytes, each within a page, and
  // performs them. `job.done` becomes the offset of the first piece that failed, or `length`.
  template <typename Cut, typename Perform>
  void each_piece(u64 length, JobResult& job, Cut cut, Perform perform);
  void batch(const Descriptor& descriptor, JobResult& job);
  void access_list(const Descriptor& descriptor, JobResult& job);
  bool access_entry(const std::array<u64, 2>& entry, u64 size, Crc32c& sum, JobResult& job);
  // Access entries in memory.
  struct List {
    u64 address, entries;
  };
  // Calls `perform(entry, size, done)` for each access entry of `list`. `done`: an earlier attempt of the job
  // has performed it already.
  template <typename Perform>
  void each_entry(const List& list, JobResult& job, Perform perform);
  void pieces(const List& list, u64 consecutive, bool gather, JobResult& job);
  void compare(const Descriptor& descriptor, JobResult& job);
  void chase(const Descriptor& descriptor, JobResult& job);
  void complete(const Descriptor& descriptor, JobResult& job);
  // Reads or writes any range, page by page. On failure sets `job` and returns false. `follows`: bytes behind
  // the range that the job accesses next in the same direction.
  bool move(u64 address, void* data, u64 bytes, bool write, JobResult& job, u64 follows = 0);

  u32 stream_id_;
  DmaPort& port_;
  Lanes lanes_;
  std::vector<u8> buffer_, list_;
  std::optional<u32> pasid_;         // of the running job
  const bool* cancelled_ = nullptr;  // whether it is cancelled
};

}  // namespace smmu_vp::device
